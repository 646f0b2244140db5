"""Pages of this room. Permissions live above it: `site` marks each list with one."""

from django.urls import path

from daymark.agencies import views

OPEN_URLS = [
    path("invitation/<str:token>/", views.invitation_accept, name="invitation_accept"),
]
"""PUBLIC: for whoever holds a link."""

OWN_URLS = [
    path("account/", views.account, name="account"),
    path("account/resets/", views.factor_resets, name="factor_resets"),
]
"""MEMBER: whether a reset is theirs to agree to is the query's decision."""

ADMINISTRATION_URLS = [
    path("members/", views.members, name="members"),
    path("members/invite/", views.member_invite, name="member_invite"),
    path("members/<uuid:pk>/", views.member, name="member"),
]
"""MANAGE_MEMBERS: about their own agency."""
