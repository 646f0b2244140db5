from django.apps import AppConfig


class Vault(AppConfig):
    name = "daymark.vault"
    label = "vault"
