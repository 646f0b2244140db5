from django.urls import path

from daymark.access.guards import requires
from daymark.access.terms import Permission
from daymark.insight import views

anybody = requires(Permission.PUBLIC)

urlpatterns = [
    path("figures/", anybody(views.picture), name="figures_picture"),
    path("figures/area/", anybody(views.area), name="figures_area"),
    path("figures/then-and-now/", anybody(views.then_and_now), name="figures_then_and_now"),
    path("figures/hidden/", anybody(views.hidden), name="figures_hidden"),
    path(
        "figures/history/<slug:measure>/<str:area>/<path:period>/<str:breakdown>/",
        anybody(views.history),
        name="figures_history",
    ),
    path("figures/<slug:name>/<slug:key>.csv", anybody(views.numbers), name="figures_csv"),
    path("figures/<slug:name>/<slug:key>.svg", anybody(views.drawing), name="figures_svg"),
]
