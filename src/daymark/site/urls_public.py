from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.signs import views as signs

anybody = requires(Permission.PUBLIC)

# English stands at the bare address, each other language under its code: /ro/questions/.
in_every_language = i18n_patterns(
    path("", include("daymark.concerns.urls.public")),
    path("signs/", anybody(signs.signs), name="signs"),
    path("signs/<slug:key>/", anybody(signs.signs_setting), name="signs_setting"),
    path("help/", anybody(signs.help_myself), name="help_myself"),
    path("numbers/", anybody(signs.helplines), name="helplines"),
    path("privacy/", anybody(signs.privacy), name="privacy"),
    path("accessibility/", anybody(signs.accessibility), name="accessibility"),
    prefix_default_language=False,
)

# The figures are in English alone: a page may not say it is Arabic and read in English.
urlpatterns = [*in_every_language, path("", include("daymark.insight.urls.public"))]
