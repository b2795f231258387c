from django.apps import AppConfig


class BirthdaysConfig(AppConfig):
    name = "leeward.families.birthdays"
    label = "birthdays"
    default_auto_field = "django.db.models.BigAutoField"
