from django.apps import AppConfig


class Access(AppConfig):
    name = "daymark.access"
    label = "access"
