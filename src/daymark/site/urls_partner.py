"""The partner door. Every page says here, or in its room, which permission it needs."""

from collections.abc import Iterable

from django.urls import URLPattern, include, path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.agencies import urls as agencies
from daymark.design import views as design
from daymark.site.signin_urls import SIGNED_IN_URLS, SIGNED_OUT_URLS


def guarded(permission: Permission, pages: Iterable[URLPattern]) -> list[URLPattern]:
    """The same pages, each marked with a permission: rooms below access cannot do it themselves."""
    mark = requires(permission)
    return [
        URLPattern(page.pattern, mark(page.callback), page.default_args, page.name)
        for page in pages
    ]


urlpatterns = [
    path("", include("daymark.concerns.urls.desk")),
    path("", include("daymark.access.urls")),
    path("", include("daymark.insight.urls.partner")),
    path("", include("daymark.insight.urls.studies")),
    *guarded(Permission.PUBLIC, SIGNED_OUT_URLS),
    *guarded(Permission.MEMBER, SIGNED_IN_URLS),
    *guarded(Permission.PUBLIC, agencies.OPEN_URLS),
    *guarded(Permission.MEMBER, agencies.OWN_URLS),
    *guarded(Permission.MANAGE_MEMBERS, agencies.ADMINISTRATION_URLS),
    path("design/", requires(Permission.MEMBER)(design.gallery), name="design_gallery"),
    path(
        "design/<slug:state>/",
        requires(Permission.MEMBER)(design.gallery_state),
        name="design_gallery_state",
    ),
]
