"""Forms for managing members, and allauth's own with what we add to them."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateWithCodeForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from daymark.agencies import queries
from daymark.agencies.context import act_as
from daymark.agencies.terms import ResetReason, Role
from daymark.audit.actions import record
from daymark.design.forms import Choices, ManyChoices

ROLES = {
    Role.DESK_OFFICER: (_("Desk officer"), _("Reads what the public reports and decides.")),
    Role.DESK_SUPERVISOR: (_("Desk supervisor"), _("Answers for a desk: shares, reviews.")),
    Role.DETECTIVE: (_("Detective"), _("Investigates.")),
    Role.NAVIGATOR: (_("Victim Navigator"), _("Stands beside a survivor.")),
    Role.FIRST_RESPONDER: (_("First responder"), _("Refers into the NRM.")),
    Role.SUPPORT_WORKER: (_("Support worker"), _("Works in a support service.")),
    Role.COORDINATOR: (_("Coordinator"), _("Runs the partnership; sees no cases.")),
    Role.COMMISSIONER: (_("Commissioner"), _("Commissions services; sees no cases.")),
    Role.ANALYST: (_("Analyst"), _("Works with figures.")),
    Role.ADMINISTRATOR: (_("Administrator"), _("Manages members; sees no content.")),
}
REASONS = {
    ResetReason.LOST: _("The phone or key is lost"),
    ResetReason.REPLACED: _("There is a new phone and no recovery codes are left"),
    ResetReason.COMPROMISED: _("Somebody else may hold the phone, key or codes"),
}
FACTORS = {
    Authenticator.Type.TOTP: _("Authenticator app"),
    Authenticator.Type.WEBAUTHN: _("Passkey or security key"),
    Authenticator.Type.RECOVERY_CODES: _("Recovery codes"),
}
_ROLE_CHOICES = [(role.value, label) for role, (label, _hint) in ROLES.items()]


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(
        label=_("Role"),
        coerce=Role,
        choices=_ROLE_CHOICES,
        widget=Choices(hints={role.value: hint for role, (_label, hint) in ROLES.items()}),
        error_messages={"required": _("Choose a role.")},
    )


class DesksForm(forms.Form):
    """Which desks a member sits at; `agency` says which there are."""

    desks = forms.MultipleChoiceField(label=_("Desks"), required=False, widget=ManyChoices())

    def __init__(self, *args: Any, agency: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(desk.pk): desk for desk in queries.open_desks(agency)}
        field = self.fields["desks"]
        field.choices = [(pk, desk.name) for pk, desk in self.known.items()]  # type: ignore[attr-defined]  # Field has no choices

    def clean_desks(self) -> list[Any]:
        return [self.known[pk] for pk in self.cleaned_data["desks"]]


class InviteForm(DesksForm, RoleForm):
    name = forms.CharField(
        label=_("Name"), max_length=200, error_messages={"required": _("Type their name.")}
    )
    email = forms.EmailField(
        label=_("Work e-mail address"),
        help_text=_("They sign in with it. It must be theirs alone."),
        error_messages={"required": _("Type their e-mail address.")},
    )
    field_order = ("name", "email", "role", "desks")


class ResetReasonForm(forms.Form):
    reason = forms.TypedChoiceField(
        label=_("Why are the second factors taken away?"),
        coerce=ResetReason,
        choices=[(reason.value, label) for reason, label in REASONS.items()],
        widget=Choices(),
        error_messages={"required": _("Choose why.")},
    )


class AcceptForm(forms.Form):
    """A new member's password; `member` is who it must not resemble."""

    password = forms.CharField(
        label=_("Choose a password"),
        help_text=_("At least 12 characters. Three or four words nobody would guess are best."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, member: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.member)
        return password

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("password") and said.get("again") and said["password"] != said["again"]:
            self.add_error("again", _("The two passwords differ. Type the same one twice."))
        return said


def _plain(form: forms.BaseForm, **labels: Any) -> None:
    """Our words for allauth's fields; a placeholder is no label."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.help_text = ""
        if name in labels:
            field.label = labels[name]


class SignIn(LoginForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, login=_("Work e-mail address"))


class ConfirmPassword(ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(
            self,
            oldpassword=_("Current password"),
            password1=_("New password"),
            password2=_("New password again"),
        )


class ChoosePassword(SetPasswordForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, password2=_("Password again"))


class AskForLink(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, email=_("Work e-mail address"))


class PasswordFromLink(ResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, password1=_("New password"), password2=_("New password again"))


class _Once:
    """A code of the app works once.

    allauth forgets a used code after one period; with a tolerance of one either side a code is
    valid for three.
    """

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        used = self.authenticator.wrap()  # type: ignore[attr-defined]  # set by that form
        if hasattr(used, "_get_used_cache_key"):
            periods = 1 + 2 * app_settings.TOTP_TOLERANCE
            cache.touch(used._get_used_cache_key(code), app_settings.TOTP_PERIOD * periods)
        return code


_CODE = _("Code from your app, or a recovery code")


class ConfirmCode(_Once, ReauthenticateWithCodeForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code=_CODE)


class EnterCode(_Once, AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code=_CODE)


def _added(member: Any, kind: str) -> None:
    """The member has just shown the new factor: the session is whole, and it is written down."""
    record_authentication(context.request, member, "mfa", type=kind, reauthenticated=True)
    act_as(member.pk)
    record("member.second_factor_added", at=timezone.now(), by=member, of=member, kind=kind)


class AddApp(ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code=_("Code from your app"))

    def clean_code(self) -> str:
        code: str = super().clean_code()
        _added(self.user, "totp")
        return code


class AddKey(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(
            self,
            name=_("A name to know it by"),
            passwordless=_("Sign in with this key alone, without the password"),
        )
        self.fields["name"].help_text = _("For example: my phone, key on my lanyard.")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean()
        if said.get("credential") and not self.errors:
            _added(self.user, "webauthn")
        return said


class RenameKey(EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, name=_("A name to know it by"))


class NewRecoveryCodes(GenerateRecoveryCodesForm):  # type: ignore[misc]  # allauth has no types
    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean()
        record("member.recovery_codes_made", at=timezone.now(), by=self.user, of=self.user)
        return said
