from django.urls import path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.concerns.views import acts, content, desk, files, paper, phone, upkeep

urlpatterns = [
    path("", requires(Permission.MEMBER)(desk.today), name="today"),
    path("concerns/", requires(Permission.READ_CONCERN)(desk.inbox), name="concerns"),
    path(
        "concerns/export.csv",
        requires(Permission.EXPORT_CONCERNS)(desk.export),
        name="concerns_export",
    ),
    path(
        "concerns/phone/", requires(Permission.TRIAGE_CONCERNS)(phone.phone), name="concern_phone"
    ),
    path("concerns/<uuid:pk>/", requires(Permission.READ_CONCERN)(desk.concern), name="concern"),
    path(
        "concerns/<uuid:pk>/decide/",
        requires(Permission.TRIAGE_CONCERNS)(desk.decide),
        name="concern_decide",
    ),
    path(
        "concerns/<uuid:pk>/pass/",
        requires(Permission.PASS_CONCERNS)(desk.pass_on),
        name="concern_pass",
    ),
    path(
        "concerns/<uuid:pk>/ask/", requires(Permission.ASK_REPORTERS)(desk.ask), name="concern_ask"
    ),
    path(
        "concerns/<uuid:pk>/close/",
        requires(Permission.CLOSE_CONCERNS)(desk.close),
        name="concern_close",
    ),
    path(
        "concerns/<uuid:pk>/reopen/",
        requires(Permission.CLOSE_CONCERNS)(desk.reopen),
        name="concern_reopen",
    ),
    path(
        "concerns/<uuid:pk>/paper/",
        requires(Permission.EXPORT_CONCERNS)(paper.choose),
        name="concern_paper",
    ),
    path(
        "concerns/<uuid:pk>/paper/preview/",
        requires(Permission.EXPORT_CONCERNS)(paper.preview),
        name="concern_paper_preview",
    ),
    path(
        "concerns/<uuid:pk>/paper/preview.pdf",
        requires(Permission.EXPORT_CONCERNS)(paper.content),
        name="concern_paper_content",
    ),
    path(
        "concerns/<uuid:pk>/paper/export/",
        requires(Permission.EXPORT_CONCERNS)(paper.export),
        name="concern_paper_export",
    ),
    path(
        "concerns/<uuid:pk>/files/<int:number>/preview/",
        requires(Permission.READ_CONCERN)(files.preview),
        name="file_preview",
    ),
    path(
        "concerns/<uuid:pk>/files/<int:number>/",
        requires(Permission.READ_CONCERN)(files.copy),
        name="file_copy",
    ),
    path(
        "concerns/<uuid:pk>/files/<int:number>/original/",
        requires(Permission.OPEN_ORIGINALS)(files.original),
        name="file_original",
    ),
    path(
        "concerns/<uuid:pk>/inquire/",
        requires(Permission.TRIAGE_CONCERNS)(acts.inquire),
        name="concern_inquire",
    ),
    path("inquiries/<uuid:pk>/", requires(Permission.TRIAGE_CONCERNS)(acts.answer), name="inquiry"),
    path(
        "concerns/<uuid:pk>/merge/",
        requires(Permission.CLOSE_CONCERNS)(acts.merge),
        name="concern_merge",
    ),
    path(
        "concerns/<uuid:pk>/unmerge/",
        requires(Permission.CLOSE_CONCERNS)(acts.unmerge),
        name="concern_unmerge",
    ),
    path(
        "concerns/<uuid:pk>/hand-on/",
        requires(Permission.TRIAGE_CONCERNS)(acts.hand_on),
        name="concern_hand_on",
    ),
    path(
        "concerns/<uuid:pk>/proposal/",
        requires(Permission.CLOSE_CONCERNS)(acts.proposal),
        name="concern_proposal",
    ),
    path("rules/", requires(Permission.SEE_RULES)(content.rules), name="rules"),
    path(
        "rules/clock/<str:of>/", requires(Permission.SET_RULES)(content.clock), name="rules_clock"
    ),
    path(
        "rules/limit/<str:of>/", requires(Permission.SET_RULES)(content.limit), name="rules_limit"
    ),
    path("rules/files/", requires(Permission.SET_RULES)(content.files), name="rules_files"),
    path("rules/route/", requires(Permission.SET_RULES)(content.route), name="rules_route"),
    path(
        "rules/second/<uuid:pk>/<str:of>/",
        requires(Permission.SET_DESK_RULES)(content.second),
        name="rules_second",
    ),
    path("desks/", requires(Permission.MANAGE_DESKS)(upkeep.desks), name="desks"),
    path("desks/open/", requires(Permission.MANAGE_DESKS)(upkeep.open_desk), name="desks_open"),
    path("desks/<uuid:pk>/", requires(Permission.MANAGE_DESKS)(upkeep.desk), name="desks_one"),
    path(
        "desks/<uuid:pk>/key/", requires(Permission.MANAGE_DESKS)(upkeep.new_key), name="desks_key"
    ),
    path(
        "desks/<uuid:pk>/close/",
        requires(Permission.MANAGE_DESKS)(upkeep.close),
        name="desks_close",
    ),
    path("drafts/", requires(Permission.MEMBER)(desk.keep_draft), name="draft"),
]
