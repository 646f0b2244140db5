from django.urls import path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.insight.views import releases

count = requires(Permission.COUNT_CONCERNS)
member = requires(Permission.MEMBER)

urlpatterns = [
    path("insight/", count(releases.home), name="views"),
    path("insight/view/", count(releases.build), name="views_build"),
    path("insight/view.<slug:form>", count(releases.build_file), name="views_file"),
    path("insight/views/save/", count(releases.save), name="views_save"),
    path("insight/views/<uuid:pk>/", count(releases.edit), name="views_edit"),
    path("insight/releases/", member(releases.releases), name="releases"),
    path("insight/releases/<uuid:pk>/", member(releases.release), name="releases_one"),
    path(
        "insight/releases/<uuid:pk>/<slug:key>.<slug:form>",
        member(releases.release_file),
        name="releases_file",
    ),
    path(
        "insight/releases/<uuid:pk>/publish/",
        requires(Permission.PUBLISH_COUNTS)(releases.publish),
        name="releases_publish",
    ),
    path("insight/areas/", count(releases.scopes), name="views_scopes"),
    path("insight/areas/set/", requires(Permission.SET_GATE)(releases.scope), name="views_scope"),
    path("insight/gate/", requires(Permission.SET_GATE)(releases.gate), name="releases_gate"),
]
