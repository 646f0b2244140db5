"""An agency's sign-in service: allauth's own OpenID provider, in a process of its own.

Run as `python oidc_provider.py FOLDER`; it prints its port. Beside the protocol it has two
addresses that stand for what happens out of sight: `/person` (somebody signs in there) and
`/client` (Daymark is registered there).
"""

import json
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings


def configure(folder: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    settings.configure(
        SECRET_KEY="of the provider",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="oidc_provider",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/db.sqlite3"}
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "allauth",
            "allauth.account",
            "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        IDP_OIDC_PRIVATE_KEY=pem.decode(),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # of client secrets
        IDP_OIDC_ADAPTER="oidc_provider.Adapter",
        USE_TZ=True,
    )
    django.setup()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


def serve(folder: str) -> None:
    configure(folder)
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1])
else:
    # Imported once more by Django, as the provider's URLs and adapter.
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.adapter import DefaultOIDCAdapter
    from allauth.idp.oidc.models import Client
    from django.contrib.auth import get_user_model, login
    from django.db.models import Q
    from django.http import HttpResponse
    from django.urls import include, path

    class Adapter(DefaultOIDCAdapter):
        def get_user_sub(self, client, user):
            return user.username

        def get_user_by_sub(self, client, sub):
            return get_user_model().objects.get(username=sub)

        def populate_id_token(self, id_token, client, scopes, **kwargs):
            user = get_user_model().objects.get(username=id_token["sub"])
            id_token |= json.loads(user.first_name)

    def person(request):
        """Somebody signs in at the provider: who, and what it says of them."""
        said = json.loads(request.GET["said"])
        user, _ = get_user_model().objects.get_or_create(username=said["sub"])
        user.first_name = json.dumps(said["claims"])
        user.save()
        EmailAddress.objects.filter(Q(user=user) | Q(email=said["email"])).delete()
        EmailAddress.objects.create(
            user=user, email=said["email"], verified=said["verified"], primary=True
        )
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return HttpResponse("in")

    def client(request):
        made = Client(id=request.GET["id"], name="Daymark", skip_consent=True)
        made.set_secret(request.GET["secret"])
        made.set_scopes(["openid", "profile", "email"])
        made.set_redirect_uris([request.GET["back"]])
        made.save()
        return HttpResponse("registered")

    urlpatterns = [
        path("person", person),
        path("client", client),
        path("", include("allauth.idp.urls")),
        path("accounts/", include("allauth.account.urls")),
    ]
