from django.apps import AppConfig


class AgeConfig(AppConfig):
    name = "leeward.age"
    label = "age"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from leeward.age import methods  # after every app has its models

        methods.registered()  # One that does not load stops the start here, and not the first visitor.
