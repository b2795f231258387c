"""Pages of the whole site: home, help now, and the doors of machines that watch it."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Collection
from typing import cast

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.translation import gettext_noop as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from leeward.core import access, config, health, problems
from leeward.core.middleware import refuse
from leeward.site.demo import gallery


@access.public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what this place is and lead to help, to a report and to its follow-up."""
    provider = config.current().server.example_provider
    if not provider:
        return render(request, "site/home.html")
    photos = [{**photo, "url": f"{provider}/photos/{photo['id']}"} for photo in gallery.photos()]
    answer = render(request, "site/home.html", {"provider": provider, "photos": photos})
    policy: dict[str, Collection[str] | str] = {
        **cast("dict[str, list[str]]", settings.SECURE_CSP),
        "img-src": [CSP.SELF, "data:", provider],
    }
    return csp_override(policy)(lambda _: answer)(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be read."""
    return refuse(request, 400, _("Go back, load the page again, and try once more."))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from one of our pages, or from one that stood open too long."""
    return refuse(request, 403, _("This form was open for too long. Load the page again and send it once more."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that is not allowed."""
    return refuse(request, 403, _("This page is not for this account."))


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer somebody who typed a wrong password too often."""
    return refuse(request, 429, _("There were too many wrong passwords. Wait for an hour, or ask the administrator."))


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request for something that is not here."""
    return refuse(request, 404, _("The address may have a mistake in it. Go to the first page and start there."))


def broken(request: HttpRequest) -> HttpResponse:
    """Answer when something broke. The log says what, without anything personal."""
    return refuse(request, 500, _("This is our mistake. Nothing that you sent before is lost. Try again in a minute."))


@access.public
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Answer that this process answers."""
    return JsonResponse({"alive": True})


@access.public
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 where every promise can be kept now, else 503 that names what is stale or parked."""
    try:
        findings = health.findings(at=timezone.now())
    except DatabaseError:
        return problems.response(503, "The database does not answer.")
    body = {
        "ready": all(finding.is_well for finding in findings),
        "findings": {one.name: one.words for one in findings},
    }
    body["at_fault"] = [finding.name for finding in findings if not finding.is_well]
    return JsonResponse(body, status=200 if body["ready"] else 503)


@access.public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give counters to Prometheus on this machine or in this private network, and to nobody else."""
    peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "0.0.0.0"))  # noqa: S104  # an address to compare, not to bind
    if not peer.is_private or "HTTP_X_FORWARDED_FOR" in request.META:
        return problems.response(403, "Ask from the private network, not through the public proxy.")
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types there
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
