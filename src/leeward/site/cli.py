"""The `leeward` command: Django's management commands under one name. `leeward dns` starts without Django and its database."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run a command; `leeward help` lists them."""
    if sys.argv[1:2] == ["dns"]:
        from leeward.site import resolver  # the resolver must start where the rest cannot

        resolver.main(sys.argv[2:])
        return
    if sys.argv[1:2] == ["demo"]:
        from leeward.site.demo import folder  # before the settings, which make keys in the data folder

        folder.before_settings(sys.argv[2:], os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leeward.site.settings")
    from django.core.management import execute_from_command_line  # after the settings are named

    from leeward.core.settings import WrongSetting

    try:
        execute_from_command_line(sys.argv)
    except WrongSetting as wrong:
        print(f"leeward: {wrong}", file=sys.stderr)  # noqa: T201  # there is no log before the settings are read
        # A mail that comes while a setting is wrong must wait at the mail server and not be sent back.
        sys.exit(os.EX_TEMPFAIL if sys.argv[1:2] == ["receive_mail"] else 1)
    except KeyboardInterrupt:
        # What serves takes Ctrl-C itself; any other command ends here, with the status that shells give it.
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
