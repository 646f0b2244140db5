"""The public process inside one test: its addresses, middleware, handlers and database role."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import override_settings
from django.urls import clear_url_caches

from daymark.site.settings import _PUBLIC_MIDDLEWARE
from tests.roles import as_role


@contextmanager
def public_door(**more: Any) -> Iterator[None]:
    """It holds no key ring, and knows nothing of members."""
    engine = settings.TEMPLATES[0]
    options = engine["OPTIONS"] | {
        "context_processors": [
            "django.template.context_processors.request",
            "daymark.site.context.public",
        ]
    }
    door = {
        "ROOT_URLCONF": "daymark.site.urls_public",
        "MIDDLEWARE": _PUBLIC_MIDDLEWARE,
        "TEMPLATES": [engine | {"OPTIONS": options}],
        "KEY_RING": "",
        "FILE_UPLOAD_HANDLERS": ["daymark.concerns.views.uploads.NoFiles"],
    }
    with override_settings(**door | more), as_role("public"):
        clear_url_caches()
        yield
    clear_url_caches()
