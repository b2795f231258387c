from django.apps import AppConfig


class UpstreamConfig(AppConfig):
    name = "leeward.age.upstream"
    label = "age_upstream"
    default_auto_field = "django.db.models.BigAutoField"
