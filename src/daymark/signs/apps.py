from django.apps import AppConfig


class Signs(AppConfig):
    name = "daymark.signs"
    label = "signs"
