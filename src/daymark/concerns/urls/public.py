from django.urls import path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.concerns.views import public

anybody = requires(Permission.PUBLIC)

urlpatterns = [
    path("", anybody(public.home), name="home"),
    path("report/", anybody(public.report), name="report"),
    path("report/check/", anybody(public.check), name="report_check"),
    path("report/sent/", anybody(public.send), name="report_send"),
    path("report/kept/", anybody(public.kept), name="report_kept"),
    path("back/", anybody(public.come_back), name="come_back"),
    path("back/add/", anybody(public.add), name="report_add"),
    path("leave/", anybody(public.leave), name="leave"),
]
