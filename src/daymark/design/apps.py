from django.apps import AppConfig


class Design(AppConfig):
    name = "daymark.design"
    label = "design"
