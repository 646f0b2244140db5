"""Makes a file anew, in a process of its own that can reach nothing: `copying` starts it.

The file comes in on standard input, what is made of it goes out on standard output: a line of
JSON, then the copy, then the preview. Nothing of ours is imported, so that whoever takes over a
decoder finds neither keys nor code here; and before the first byte is decoded, the process gives
up every way to open a file or a connection.
"""

import codecs
import ctypes
import json
import os
import re
import resource
import struct
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 120_000_000
MOST_PIXELS_OF_JPEG = 260_000_000
"""More than any telephone takes. A JPEG is made smaller while it is decoded: it may be larger."""

MOST_PAGES = 100
LONGEST_SIDE, PREVIEW_SIDE = 2560, 480
MEMORY, SECONDS = 2 * 1024**3, 30


class TooMuch(Exception):
    """Unfolds into more than a reader could want."""


class Broken(Exception):
    """Not what it says it is, cut off, or locked."""


def main() -> None:
    media = sys.argv[1]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    make = {"PDF": _pdf, "TEXT": _text}.get(media, _picture)
    _load_decoders(media)
    shut_in()
    body = sys.stdin.buffer.read()
    try:
        copy, preview = make(body, media)
        answer = {"because": "", "copy": len(copy), "preview": len(preview)}
    except (TooMuch, MemoryError):
        copy, preview, answer = b"", b"", {"because": "TOO_MUCH"}
    except Exception:  # decoders raise whatever they like on bad files
        copy, preview, answer = b"", b"", {"because": "BROKEN"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + copy + preview)


def shut_in() -> bool:
    """Give up opening files and TCP connections, for good (Landlock; False where there is none)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syscall") or sys.platform != "linux":
        return False
    create, restrict, no_new_privileges = 444, 446, 38
    version = libc.syscall(create, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    if version < 1:
        return False
    # Every right of this version of Landlock is handled, and none is granted.
    files = {1: 13, 2: 14}.get(version, 15 if version < 5 else 16)
    rights = struct.pack("<QQ", (1 << files) - 1, 0b11)[: 8 if version < 4 else 16]
    libc.prctl(no_new_privileges, 1, 0, 0, 0)
    ruleset = libc.syscall(create, rights, ctypes.c_size_t(len(rights)), ctypes.c_uint(0))
    return bool(ruleset >= 0 and libc.syscall(restrict, ruleset, ctypes.c_uint(0)) == 0)


def _load_decoders(media: str) -> None:
    """Afterwards no file can be opened, and so nothing be imported."""
    for name in ("utf-8-sig", "utf-16", "cp1252"):
        codecs.lookup(name)
    if media == "TEXT":
        return
    from PIL import Image, ImageCms, ImageFile

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = None  # `_opened` has limits of its own
    Image.init()
    if media == "HEIC":
        import pi_heif

        pi_heif.register_heif_opener(thumbnails=False)
        pi_heif.options.DECODE_THREADS = 1
    # Each library loads parts of itself when they are first used: so they are used once.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rehearsed = {"HEIC": "PNG", "PDF": "PNG"}.get(media, media)
    for mode in ("L", "P", "RGB", "CMYK" if media == "JPEG" else "RGBA"):
        sample, out = Image.new(mode, (8, 8)), BytesIO()
        sample.getexif()[0x0112] = 6
        options: dict[str, Any] = {"icc_profile": profile} if mode in {"RGB", "CMYK"} else {}
        if mode == "P" and rehearsed == "JPEG":
            continue
        if mode == "P" and rehearsed != "WEBP":
            options["transparency"] = 0
        sample.save(out, rehearsed, exif=sample.getexif(), **options)
        _picture(out.getvalue(), rehearsed)
    if media == "PDF":
        sample, out = Image.new("RGB", (8, 8)), BytesIO()
        sample.save(out, "PDF")
        _pdf(out.getvalue(), media)


def _picture(body: bytes, media: str) -> tuple[bytes, bytes]:
    from PIL import Image, ImageOps

    picture = _opened(body, media)
    turned = picture.getexif().get(0x0112, 1)
    made = _flat(picture)
    made.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    # A canvas of its own: pixels are all that goes over, turned the way the camera was held.
    canvas = Image.new("RGB", made.size)
    canvas.paste(made)
    canvas.getexif()[0x0112] = turned
    canvas = ImageOps.exif_transpose(canvas)
    canvas.info.clear()
    return _jpeg(canvas, 88), _preview(canvas)


def _opened(body: bytes, media: str) -> "Image.Image":
    from PIL import Image

    name = {"HEIC": "HEIF"}.get(media, media)
    picture = Image.open(BytesIO(body), formats=[name])
    most = MOST_PIXELS_OF_JPEG if media == "JPEG" else MOST_PIXELS
    if picture.width * picture.height > most:
        raise TooMuch
    if media == "JPEG":
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    picture.load()
    return picture


def _flat(picture: "Image.Image") -> "Image.Image":
    """In plain sRGB colours, on white where it was see-through."""
    from PIL import Image, ImageCms

    profile = picture.info.get("icc_profile")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    if profile and picture.mode in {"RGB", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            in_srgb = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
            return in_srgb or picture.convert("RGB")
        except ImageCms.PyCMSError:
            pass
    return picture.convert("RGB")


def _pdf(body: bytes, _: str) -> tuple[bytes, bytes]:
    import pypdfium2

    source, made, preview = pypdfium2.PdfDocument(body), pypdfium2.PdfDocument.new(), b""
    if not len(source):
        raise Broken
    if len(source) > MOST_PAGES:
        raise TooMuch
    for page in source:
        width, height = page.get_size()
        scale = min(150 / 72, LONGEST_SIDE / max(width, height, 1))
        drawn = page.render(scale=scale).to_pil().convert("RGB")
        preview = preview or _preview(drawn)
        picture = pypdfium2.PdfImage.new(made)
        picture.load_jpeg(BytesIO(_jpeg(drawn, 85)), inline=True)
        picture.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        sheet = made.new_page(width, height)
        sheet.insert_obj(picture)
        sheet.gen_content()
        page.close()
    out = BytesIO()
    made.save(out)
    return out.getvalue(), preview


def _text(body: bytes, _: str) -> tuple[bytes, bytes]:
    wide = body[:2] in {b"\xff\xfe", b"\xfe\xff"}
    try:
        text = body.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        if wide:
            raise
        text = body.decode("cp1252", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Neither what drives a terminal nor what makes a line read otherwise than it is written.
    text = re.sub(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff0-\uffff]", "", text
    )
    return text.encode("utf-8", errors="replace"), b""


def _preview(picture: "Image.Image") -> bytes:
    small = picture.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return _jpeg(small, 78)


def _jpeg(picture: "Image.Image", quality: int) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=False)
    return out.getvalue()


if __name__ == "__main__":
    try:
        main()
    except MemoryError:
        os._exit(3)
