from django.urls import path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.concerns.views import public, report

anybody = requires(Permission.PUBLIC)

# One address for all of reporting and one for coming back, and neither says what it is for: a
# history shows nothing more.
urlpatterns = [
    path("", anybody(public.home), name="home"),
    path("questions/", anybody(report.report), name="report"),
    path("back/", anybody(public.come_back), name="come_back"),
    path("leave/", anybody(public.leave), name="leave"),
]
