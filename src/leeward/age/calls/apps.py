from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "leeward.age.calls"
    label = "age_calls"
    default_auto_field = "django.db.models.BigAutoField"
