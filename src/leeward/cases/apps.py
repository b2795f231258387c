from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "leeward.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from leeward.cases import action_targets  # after every app has its models

        action_targets.in_use()  # One that does not load stops the start here, and not the first order.
