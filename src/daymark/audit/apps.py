from django.apps import AppConfig


class Audit(AppConfig):
    name = "daymark.audit"
    label = "audit"
