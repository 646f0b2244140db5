"""What a page may load, and who may frame it. Nothing, unless it says so."""

_DIRECTIVES = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "script-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(**opened: str) -> str:
    """The content policy; a page opens a directive by its name: `policy(object_src="'self'")`."""
    more = {name.replace("_", "-"): value for name, value in opened.items()}
    return "; ".join(f"{name} {value}" for name, value in (_DIRECTIVES | more).items())
