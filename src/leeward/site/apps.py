from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "leeward.site"
    label = "site"

    def ready(self) -> None:
        from leeward.site import loop  # after every app has its models

        loop.state()
