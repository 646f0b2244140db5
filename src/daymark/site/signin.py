"""Settings of signing in, read by `settings.py`; the pages stand in `signin_urls.py`.

E-mail address and password, then a second factor (app, passkey, recovery code); or a passkey
alone; or the agency's own service. Nobody signs up.
"""

import os
from datetime import timedelta
from typing import Any

AUTHENTICATION_BACKENDS = ["daymark.agencies.adapters.Members"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_ENGINE = "daymark.agencies.session_store"
SESSION_IDLE = timedelta(minutes=int(os.environ.get("DAYMARK_SESSION_IDLE_MINUTES", "30")))
SESSION_ABSOLUTE = timedelta(hours=int(os.environ.get("DAYMARK_SESSION_HOURS", "12")))
SESSION_COOKIE_AGE = int(SESSION_ABSOLUTE.total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Dotted path of `keep(request, member) -> str | None`: what a POST carried when its session had
# ended, kept under the member; gives the address to come back to.
EXPIRED_POST_HOOK = "daymark.site.drafts.keep_expired"

ACCOUNT_ADAPTER = "daymark.agencies.adapters.Account"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "daymark.agencies.queries.name_of"
# An administrator named the address when inviting; the invitation goes there.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
# allauth's own would keep a second list of addresses in step.
_TOKENS = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = _TOKENS
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # the others end, this one goes on
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "change_password": "5/m/user",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
}
ACCOUNT_FORMS = {
    "login": "daymark.agencies.forms.SignIn",
    "reauthenticate": "daymark.agencies.forms.ConfirmPassword",
    "change_password": "daymark.agencies.forms.ChangePassword",
    "set_password": "daymark.agencies.forms.ChoosePassword",
    "reset_password": "daymark.agencies.forms.AskForLink",
    "reset_password_from_key": "daymark.agencies.forms.PasswordFromLink",
}
# How many reverse proxies stand in front, each adding to X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("DAYMARK_PROXIES", "0"))

MFA_ADAPTER = "daymark.agencies.adapters.MFA"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Daymark"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Browsers offer passkeys on https and on localhost; fido2 is told the same.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = os.environ.get("DAYMARK_HTTPS") != "1"
MFA_FORMS = {
    "activate_totp": "daymark.agencies.forms.AddApp",
    "add_webauthn": "daymark.agencies.forms.AddKey",
    "edit_webauthn": "daymark.agencies.forms.RenameKey",
    "authenticate": "daymark.agencies.forms.EnterCode",
    "reauthenticate": "daymark.agencies.forms.ConfirmCode",
    "generate_recovery_codes": "daymark.agencies.forms.NewRecoveryCodes",
}

SOCIALACCOUNT_ADAPTER = "daymark.agencies.adapters.Provider"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form may not lead to another origin under our policy
SOCIALACCOUNT_STORE_TOKENS = False

# Rate limits and used codes count across processes; the table comes with a migration.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "site_cache",
    }
}

# Without a mail server, links are handed over by the administrator who made them.
EMAIL_HOST = os.environ.get("DAYMARK_MAIL_HOST", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
EMAIL_PORT = int(os.environ.get("DAYMARK_MAIL_PORT", "25"))
EMAIL_USE_TLS = os.environ.get("DAYMARK_MAIL_TLS") == "1"
EMAIL_HOST_USER = os.environ.get("DAYMARK_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("DAYMARK_MAIL_PASSWORD", "")
DEFAULT_FROM_EMAIL = os.environ.get("DAYMARK_MAIL_FROM", "daymark@localhost")
ACCOUNT_EMAIL_NOTIFICATIONS = bool(EMAIL_HOST)
