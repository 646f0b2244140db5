from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.signs import views as signs

anybody = requires(Permission.PUBLIC)

# English stands at the bare address, each other language under its code: /ro/report/.
urlpatterns = i18n_patterns(
    path("", include("daymark.concerns.urls.public")),
    path("", include("daymark.insight.urls")),
    path("signs/", anybody(signs.signs), name="signs"),
    path("signs/<slug:key>/", anybody(signs.signs_setting), name="signs_setting"),
    path("help/", anybody(signs.help_myself), name="help_myself"),
    path("numbers/", anybody(signs.helplines), name="helplines"),
    prefix_default_language=False,
)
