from django.urls import path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.insight.views import estimations, studies

run = requires(Permission.RUN_STUDIES)

urlpatterns = [
    path("insight/studies/", run(studies.studies), name="studies"),
    path("insight/studies/new/", run(studies.begin), name="studies_new"),
    path("insight/studies/<uuid:pk>/", run(studies.study), name="studies_one"),
    path("insight/studies/<uuid:pk>/add/", run(studies.add_list), name="studies_add"),
    path("insight/studies/<uuid:pk>/choose/", run(studies.choose_list), name="studies_choose"),
    path(
        "insight/studies/<uuid:pk>/lists/<uuid:seen>/",
        run(studies.look_at_list),
        name="studies_list",
    ),
    path(
        "insight/studies/<uuid:pk>/lists/<uuid:seen>/leave-out/",
        run(studies.leave_out),
        name="studies_leave",
    ),
    path("insight/lists/<uuid:seen>/forget/", run(studies.forget), name="studies_forget"),
    path("insight/studies/<uuid:pk>/show/", run(studies.show), name="studies_show"),
    path("insight/study-shares/<uuid:pk>/end/", run(studies.hide), name="studies_hide"),
    path("insight/studies/<uuid:pk>/estimate/", run(estimations.estimate), name="studies_estimate"),
    path("insight/estimations/<uuid:pk>/", run(estimations.estimation), name="studies_estimation"),
    path("insight/estimations/<uuid:pk>.json", run(estimations.download), name="studies_json"),
    path(
        "insight/estimations/<uuid:pk>/methods.<slug:form>",
        run(estimations.file),
        name="studies_file",
    ),
    path("insight/estimations/<uuid:pk>/cancel/", run(estimations.cancel), name="studies_cancel"),
    path("insight/estimations/<uuid:pk>/repeat/", run(estimations.repeat), name="studies_repeat"),
]
