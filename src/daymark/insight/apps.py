from django.apps import AppConfig


class Insight(AppConfig):
    name = "daymark.insight"
    label = "insight"
