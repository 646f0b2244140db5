from django.urls import path

from daymark.access import views
from daymark.access.guards import requires
from daymark.access.terms import Permission

share = requires(Permission.SHARE_DOSSIERS)
restrict = requires(Permission.RESTRICT_DOSSIERS)

urlpatterns = [
    path("dossiers/<uuid:pk>/", share(views.who_knows), name="who_knows"),
    path("dossiers/<uuid:pk>/share/", share(views.share), name="share"),
    path("dossiers/<uuid:pk>/restrict/", restrict(views.restrict), name="restrict"),
    path("dossiers/<uuid:pk>/lift/", restrict(views.lift_restriction), name="restriction_lift"),
    path("dossiers/<uuid:pk>/block/", restrict(views.block), name="block"),
    path("shares/<uuid:pk>/end/", share(views.end_share), name="share_end"),
    path("bases/<uuid:pk>/end/", share(views.end_basis), name="basis_end"),
    path("blocks/<uuid:pk>/lift/", restrict(views.lift_block), name="block_lift"),
    path("break-glass/", requires(Permission.BREAK_GLASS)(views.break_glass), name="break_glass"),
    path(
        "break-glass/<uuid:pk>/",
        requires(Permission.REVIEW_GLASS)(views.glass_review),
        name="glass_review",
    ),
    path("news/", requires(Permission.READ_CONCERN)(views.notices), name="notices"),
    path("agreements/", requires(Permission.MEMBER)(views.agreements), name="agreements"),
    path(
        "agreements/new/",
        requires(Permission.MANAGE_AGREEMENTS)(views.agreement_new),
        name="agreement_new",
    ),
]
