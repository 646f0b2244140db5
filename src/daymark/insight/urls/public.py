from django.urls import path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.insight.views import figures

anybody = requires(Permission.PUBLIC)

urlpatterns = [
    path("figures/", anybody(figures.picture), name="figures_picture"),
    path("figures/area/", anybody(figures.area), name="figures_area"),
    path("figures/then-and-now/", anybody(figures.then_and_now), name="figures_then_and_now"),
    path("figures/hidden/", anybody(figures.hidden), name="figures_hidden"),
    path(
        "figures/history/<slug:measure>/<str:area>/<path:period>/<str:breakdown>/",
        anybody(figures.history),
        name="figures_history",
    ),
    path(
        "figures/history/<slug:measure>/<str:area>/<path:period>/<str:breakdown>.<slug:form>",
        anybody(figures.history_file),
        name="figures_history_file",
    ),
    path("figures/<slug:name>/<slug:key>/", anybody(figures.chart), name="figures_chart"),
    path("figures/<slug:name>/<slug:key>.<slug:form>", anybody(figures.file), name="figures_file"),
]
