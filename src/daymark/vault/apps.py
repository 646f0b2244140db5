from django.apps import AppConfig
from django.core.checks import register


class Vault(AppConfig):
    name = "daymark.vault"
    label = "vault"

    def ready(self) -> None:
        from daymark.vault.checks import key_ring

        register(key_ring)
