from django.apps import AppConfig


class Agencies(AppConfig):
    name = "daymark.agencies"
    label = "agencies"
