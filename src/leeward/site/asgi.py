"""One port: pages and machines through Django's WSGI handler in threads, which is two to four times faster here than its ASGI handler."""

from __future__ import annotations

import os

from a2wsgi import WSGIMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leeward.site.settings")

from django.core.wsgi import get_wsgi_application  # after the settings are named

from leeward.age import fast_gate
from leeward.core import config
from leeward.exchange.bells import stream as bell_stream
from leeward.helplines.chat.lines_app import Lines
from leeward.screening import warmth
from leeward.screening.services import classifiers, warm_up
from leeward.site.bodies import WholeBody

classifiers()  # A classifier that does not load stops the start here, and not the first upload.
warmth.aside(warm_up)
server = config.current().server
wsgi = WSGIMiddleware(get_wsgi_application(), workers=server.web_threads)  # type: ignore[arg-type]  # a WSGI application by contract
bells = bell_stream.Streams(wsgi)  # type: ignore[arg-type]  # an ASGI application by contract
pages = WholeBody(bells, limit_bytes=server.max_body_bytes)
application = Lines(fast_gate.FastGate(pages))
