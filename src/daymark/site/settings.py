"""One file of settings: it reads the environment and refuses to start half-configured.

The door decides what a process is: `public` and `partner` serve pages, `worker` does what is
done in the background, `owner` migrates and never serves.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from daymark.site.signin import *  # noqa: F403


def required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set; `daymark up` sets everything it needs.")
    return value


DOOR = os.environ.get("DAYMARK_DOOR", "partner")
if DOOR not in {"public", "partner", "worker", "owner"}:
    raise ImproperlyConfigured(f"DAYMARK_DOOR is {DOOR!r}; use public, partner, worker or owner.")

DEMO = os.environ.get("DAYMARK_DEMO") == "1"
DEBUG = False
SECRET_KEY = required("DAYMARK_SECRET_KEY")
ALLOWED_HOSTS = os.environ.get("DAYMARK_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
HTTPS = os.environ.get("DAYMARK_HTTPS") == "1"

# Keys stay outside the database. The public door must not be able to open what it took in, so
# it refuses to start where it could read the key ring.
KEY_RING = os.environ.get("DAYMARK_KEY_RING", "")
AUDIT_KEY = os.environ.get("DAYMARK_AUDIT_KEY", "")
CODE_PEPPER = os.environ.get("DAYMARK_CODE_PEPPER", "")
FORM_KEY = os.environ.get("DAYMARK_FORM_KEY", "")
if DOOR == "public":
    if KEY_RING:
        raise ImproperlyConfigured("DAYMARK_KEY_RING must not be given to the public door.")
else:
    required("DAYMARK_KEY_RING")
if DOOR == "worker":
    required("DAYMARK_AUDIT_KEY")
# A virus scanner, where the operator runs one: the path of clamd's socket, or host:port.
CLAMD = os.environ.get("DAYMARK_CLAMD", "")
if DOOR in {"public", "partner"}:  # both take reports in: the partner door for callers
    required("DAYMARK_CODE_PEPPER")
    required("DAYMARK_FORM_KEY")

_url = urlsplit(required("DATABASE_URL"))
_query = dict(part.split("=", 1) for part in _url.query.split("&") if "=" in part)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.lstrip("/"),
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "HOST": unquote(_query.get("host", _url.hostname or "")),
        "PORT": str(_url.port or _query.get("port", "")),
        "ATOMIC_REQUESTS": True,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}}
        if DOOR in {"public", "partner"}
        else {},
    }
}

INSTALLED_APPS = [
    "daymark.site",  # first: its sign-in templates stand before allauth's
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "procrastinate.contrib.django",
    "daymark.design",
    "daymark.audit",
    "daymark.vault",
    "daymark.places",
    "daymark.agencies",
    "daymark.access",
    "daymark.signs",
    "daymark.concerns",
    "daymark.insight",
]

# The public door keeps nothing in the reader's browser: no session, no cookie, no message store.
_PUBLIC_MIDDLEWARE = [
    "daymark.site.middleware.headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages carry no cookie and no other page's secret, so compressing them tells nobody a thing.
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.locale.LocaleMiddleware",  # by the address alone; it sets no cookie
    "django.middleware.common.CommonMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # does nothing here; allauth insists on it
    "daymark.site.middleware.addresses",
]
_PARTNER_MIDDLEWARE = [
    "daymark.site.middleware.headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "daymark.vault.middleware.keys_in_hand",
    "daymark.access.context.member_context",
    "allauth.account.middleware.AccountMiddleware",
    "daymark.agencies.middleware.session_limits",
    "daymark.agencies.middleware.second_factor",
    "daymark.site.middleware.addresses",
]
MIDDLEWARE = _PUBLIC_MIDDLEWARE if DOOR == "public" else _PARTNER_MIDDLEWARE
ROOT_URLCONF = "daymark.site.urls_public" if DOOR == "public" else "daymark.site.urls_partner"
WSGI_APPLICATION = "daymark.site.wsgi.application"

CONTEXT = ["django.template.context_processors.request", f"daymark.site.context.{DOOR}"]
if DOOR == "partner":
    CONTEXT += [
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],  # our sign-in pages before allauth's
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT},
    }
]
FORM_RENDERER = "daymark.design.forms.DaymarkFormRenderer"

AUTH_USER_MODEL = "agencies.Member"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "daymark.site.formats"
LANGUAGES = [
    ("en-gb", "English"),
    ("ro", "Română"),
    ("vi", "Tiếng Việt"),
    ("sq", "Shqip"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [Path(__file__).parents[1] / "locale"]
TIME_ZONE = "Europe/London"
USE_TZ = True

STATIC_URL = "static/"
# `daymark up` collects the files, names them by their content and compresses them.
STATIC_ROOT = os.environ.get("DAYMARK_STATIC") or None
if STATIC_ROOT:
    STORAGES = {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
WHITENOISE_USE_FINDERS = not STATIC_ROOT

EXIT_URL = os.environ.get("DAYMARK_EXIT_URL", "https://www.bbc.co.uk/weather")

SECURE_CONTENT_TYPE_NOSNIFF = True
# With "no-referrer" a browser sends the origin of a form as null, and the CSRF check of the
# partner door refuses it.
SECURE_REFERRER_POLICY = "no-referrer" if DOOR == "public" else "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # Strict breaks the way back from OIDC
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
# Django would write a large upload to the disk, in clear, on any address. What turns out to be
# names must never have been there: held in memory, and forgotten where it is too large for that.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 30_000_000
if DOOR == "public":
    FILE_UPLOAD_HANDLERS = ["daymark.concerns.views.uploads.NoFiles"]
    DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # too many are refused on the page, by name

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # A request's path and its error page may carry what somebody typed: never logged.
    "loggers": {
        "django.request": {"level": "CRITICAL", "propagate": False},
        "django.security": {"level": "CRITICAL", "propagate": False},
    },
}
