from django.apps import AppConfig


class Places(AppConfig):
    name = "daymark.places"
    label = "places"
