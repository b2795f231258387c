from django.apps import AppConfig


class FilteringConfig(AppConfig):
    name = "leeward.filtering"
    label = "filtering"
    default_auto_field = "django.db.models.BigAutoField"
