from django.apps import AppConfig


class HelplinesConfig(AppConfig):
    name = "leeward.helplines"
    label = "helplines"
    default_auto_field = "django.db.models.BigAutoField"
