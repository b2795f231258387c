"""The `leeward` command: Django's management commands under one name. `leeward dns` starts without Django and its database."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
from types import TracebackType

# How long one thread computes while others wait for the interpreter. Whoever writes to the database gives it up at each statement
# and everybody else waits for that writer: with Python's own 5 ms eight reporters at once waited three times as long.
SWITCH_S = 0.0005


def main() -> None:
    """Run a command; `leeward help` lists them."""
    if sys.argv[1:2] == ["dns"]:
        from leeward.site import resolver  # the resolver must start where the rest cannot

        resolver.main(sys.argv[2:])
        return
    is_mail = sys.argv[1:2] == ["receive_mail"]
    if is_mail:
        sys.excepthook = _try_again
    if sys.argv[1:2] == ["demo"]:
        from leeward.site.demo import folder  # before the settings, which make keys in the data folder

        folder.before_settings(sys.argv[2:], os.environ)
    if sys.argv[1:2] == ["serve"]:
        _count_together()
    sys.setswitchinterval(SWITCH_S)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leeward.site.settings")
    from django.core.management import execute_from_command_line  # after the settings are named

    from leeward.core.settings import WrongSetting

    try:
        execute_from_command_line(sys.argv)
    except WrongSetting as wrong:
        print(f"leeward: {wrong}", file=sys.stderr)  # noqa: T201  # there is no log before the settings are read
        sys.exit(os.EX_TEMPFAIL if is_mail else 1)
    except KeyboardInterrupt:
        # What serves takes Ctrl-C itself; any other command ends here, with the status that shells give it.
        sys.exit(128 + signal.SIGINT)


def _count_together() -> None:
    """Give the processes of this machine one folder for their counters, whose library looks for it when it is loaded."""
    folder = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="leeward-metrics-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _try_again(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """End with the status by which a mail server keeps the mail, whatever broke; any other one sends the mail back."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    # The text of the exception could hold a piece of the mail.
    where = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    sys.stderr.write(f"leeward: {kind.__qualname__}{where}. This is our mistake. Try again later.\n")
    sys.stderr.flush()
    os._exit(os.EX_TEMPFAIL)


if __name__ == "__main__":
    main()
