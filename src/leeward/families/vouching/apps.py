from django.apps import AppConfig


class VouchingConfig(AppConfig):
    name = "leeward.families.vouching"
    label = "vouching"
    default_auto_field = "django.db.models.BigAutoField"
