from django.apps import AppConfig


class Site(AppConfig):
    name = "daymark.site"
    label = "site"
