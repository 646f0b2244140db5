from django.apps import AppConfig


class Concerns(AppConfig):
    name = "daymark.concerns"
    label = "concerns"
