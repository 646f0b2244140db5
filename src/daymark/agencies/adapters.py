"""Where django-allauth asks us: who may sign in, what is kept secret, what is written down."""

from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from daymark.agencies import actions, factors, queries, rules, sessions
from daymark.agencies.context import acting_as
from daymark.agencies.models import IdentityProvider, Member
from daymark.audit.actions import record

_PROVED = "second_factor_proved"
_REMOVED = {"mfa/email/totp_deactivated", "mfa/email/webauthn_removed"}


class Members(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Every page names the agency of whoever is signed in: one question gives both."""

    def get_user(self, user_id: UUID) -> Member | None:
        found = Member.objects.select_related("agency").filter(pk=user_id)
        return next((one for one in found if self.user_can_authenticate(one)), None)


class SecondFactor(AuthenticateStage):  # type: ignore[misc]  # allauth has no types
    """Ask for our own second factor, unless the agency's provider proved it asked for one."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        through = (self.login.signal_kwargs or {}).get("sociallogin")
        if through and through.state.get(_PROVED):
            record_authentication(self.request, self.login.user, "mfa", type=sessions.BY_PROVIDER)
            return None, True
        response, goes_on = super().handle()
        return response, goes_on


class Account(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up; every way in ends in `login`, every way out in `logout`."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "incorrect_password": _("This is not your password."),
        "too_many_login_attempts": _("Too many wrong tries. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        return ["daymark.agencies.adapters.SecondFactor"]

    def login(self, request: HttpRequest, user: Member) -> None:
        now = timezone.now()
        with acting_as(user.pk):
            super().login(request, user)
            sessions.begin(request.session, now=now)
            record("member.signed_in", at=now, by=user, of=user)

    def logout(self, request: HttpRequest) -> None:
        member = request.user
        if isinstance(member, Member):
            with transaction.atomic(), acting_as(member.pk):
                record("member.signed_out", at=timezone.now(), by=member, of=member)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Written down whether or not there is such a member, so that both take as long."""
        email = str(credentials.get("email", "")).lower()
        member = queries.member_called(email)
        record(
            "member.sign_in_failed",
            at=timezone.now(),
            of=member,
            chain=member.pk if member else None,
        )

    def set_password(self, user: Member, password: str) -> None:
        actions.set_password(member=user, password=password, at=timezone.now())

    def send_password_reset_mail(self, user: Member, email: str, context: dict[str, Any]) -> None:
        """Only to whoever chose a password once: an invitation is answered by its own link."""
        if user.has_usable_password():
            super().send_password_reset_mail(user, email, context)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def send_notification_mail(
        self, template_prefix: str, user: Member, *args: Any, **kwargs: Any
    ) -> None:
        """Called when a second factor is gone; additions are written down by their forms."""
        if template_prefix in _REMOVED:
            record("member.second_factor_removed", at=timezone.now(), by=user, of=user)
        super().send_notification_mail(template_prefix, user, *args, **kwargs)


class MFA(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets of second factors are under the key ring, like all that must be read again."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "This code is not right, or was used already. Type the next one your app shows."
        ),
        "cannot_delete_authenticator": _(
            "This is your only second factor. Add another one before you take it away."
        ),
    }

    def encrypt(self, text: str) -> str:
        return factors.lock(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factors.unlock(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return queries.other_factors(authenticator) > 0

    def _get_site_name(self) -> str:
        return "Daymark"


class Provider(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """An agency's own sign-in service: it vouches for that agency's members and nobody else."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """From our own table, where the secret is encrypted; allauth's stays empty."""
        return [
            _app(one)
            for one in queries.identity_providers(timezone.now())
            if provider in (None, "openid_connect", str(one.pk))
            and client_id in (None, one.client_id)
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the member the provider vouches for, or refuse; nobody is ever made."""
        now = timezone.now()
        provider = queries.identity_provider(UUID(sociallogin.account.provider), at=now)
        claims = dict(sociallogin.account.extra_data.get("id_token") or {})
        said = dict(sociallogin.account.extra_data.get("userinfo") or {}) | claims
        member = provider and _vouched_for(provider, sociallogin, said)
        if not provider or not member or claims.get("iss") != provider.issuer:
            record("member.provider_refused", at=now, of=provider)
            raise ImmediateHttpResponse(
                render(request, "socialaccount/authentication_error.html", status=403)
            )
        # What the provider says of a person beyond who they are is not ours to keep.
        sociallogin.account.extra_data = {}
        sociallogin.account.user = sociallogin.user = member
        sociallogin.account.save()
        sociallogin.state[_PROVED] = rules.provider_proved_second_factor(
            claims, amr=provider.accepted_amr, acr=provider.accepted_acr
        )
        actions.accept_through_provider(member=member, at=now)


def _vouched_for(
    provider: IdentityProvider, sociallogin: SocialLogin, said: dict[str, Any]
) -> Member | None:
    """By the provider's own id for the person once known, by verified e-mail the first time."""
    if sociallogin.state.get("process") != "login":
        return None
    if sociallogin.is_existing:
        return queries.active_member(provider.agency, pk=sociallogin.user.pk)
    email = str(said.get("email", "")).lower()
    if said.get("email_verified") is not True or not rules.speaks_for(
        email, provider.email_domains
    ):
        return None
    member = queries.active_member(provider.agency, email=email)
    # A known member comes back under the id they first came with.
    return None if member and queries.is_linked(member, provider) else member


def _app(provider: IdentityProvider) -> SocialApp:
    settings: dict[str, Any] = {"server_url": provider.issuer, "oauth_pkce_enabled": True}
    if provider.accepted_acr:
        settings["auth_params"] = {"acr_values": " ".join(provider.accepted_acr)}
    return SocialApp(
        provider="openid_connect",
        provider_id=str(provider.pk),
        name=provider.agency.name,
        client_id=provider.client_id,
        secret=provider.client_secret,
        settings=settings,
    )
