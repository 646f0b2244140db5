"""How sensitive each field is of the models that libraries brought."""

from daymark.design.handling import Handling

OPEN, SENSITIVE, IDENTIFYING = Handling.OPEN, Handling.SENSITIVE, Handling.IDENTIFYING

FIELDS = {
    "contenttypes.ContentType": {
        "id": OPEN,
        "app_label": OPEN,
        "model": OPEN,
    },
    "auth.Permission": {
        "id": OPEN,
        "name": OPEN,
        "content_type": OPEN,
        "codename": OPEN,
    },
    "auth.Group": {
        "id": OPEN,
        "name": OPEN,
        "permissions": OPEN,
    },
    "sessions.Session": {
        "session_key": SENSITIVE,
        "session_data": IDENTIFYING,
        "expire_date": SENSITIVE,
    },
    "account.EmailAddress": {
        "id": SENSITIVE,
        "user": SENSITIVE,
        "email": IDENTIFYING,
        "verified": SENSITIVE,
        "primary": SENSITIVE,
    },
    "account.EmailConfirmation": {
        "id": SENSITIVE,
        "email_address": SENSITIVE,
        "created": SENSITIVE,
        "sent": SENSITIVE,
        "key": IDENTIFYING,
    },
    "mfa.Authenticator": {
        "id": SENSITIVE,
        "user": SENSITIVE,
        "type": SENSITIVE,
        "data": IDENTIFYING,
        "created_at": SENSITIVE,
        "last_used_at": SENSITIVE,
    },
    "socialaccount.SocialApp": {
        "id": SENSITIVE,
        "provider": SENSITIVE,
        "provider_id": IDENTIFYING,
        "name": SENSITIVE,
        "client_id": IDENTIFYING,
        "secret": IDENTIFYING,
        "key": IDENTIFYING,
        "settings": SENSITIVE,
    },
    "socialaccount.SocialAccount": {
        "id": SENSITIVE,
        "user": SENSITIVE,
        "provider": SENSITIVE,
        "uid": IDENTIFYING,
        "last_login": SENSITIVE,
        "date_joined": SENSITIVE,
        "extra_data": IDENTIFYING,
    },
    "socialaccount.SocialToken": {
        "id": SENSITIVE,
        "app": SENSITIVE,
        "account": SENSITIVE,
        "token": IDENTIFYING,
        "token_secret": IDENTIFYING,
        "expires_at": SENSITIVE,
    },
    "procrastinate.ProcrastinateWorker": {
        "id": SENSITIVE,
        "last_heartbeat": SENSITIVE,
    },
    "procrastinate.ProcrastinateJob": {
        "id": SENSITIVE,
        "queue_name": SENSITIVE,
        "task_name": SENSITIVE,
        "priority": SENSITIVE,
        "lock": SENSITIVE,
        "args": IDENTIFYING,
        "status": SENSITIVE,
        "scheduled_at": SENSITIVE,
        "attempts": SENSITIVE,
        "queueing_lock": SENSITIVE,
        "abort_requested": SENSITIVE,
        "worker": SENSITIVE,
    },
    "procrastinate.ProcrastinateEvent": {
        "id": SENSITIVE,
        "job": SENSITIVE,
        "type": SENSITIVE,
        "at": SENSITIVE,
    },
    "procrastinate.ProcrastinatePeriodicDefer": {
        "id": SENSITIVE,
        "task_name": SENSITIVE,
        "defer_timestamp": SENSITIVE,
        "job": SENSITIVE,
        "periodic_id": SENSITIVE,
    },
}
