from django.apps import AppConfig


class AgeConfig(AppConfig):
    name = "leeward.age"
    label = "age"
    default_auto_field = "django.db.models.BigAutoField"
