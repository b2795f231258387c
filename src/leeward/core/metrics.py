"""Counters that Prometheus reads at `/metrics`. Labels are short words of ours and never data of people."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

deliveries = Counter("leeward_deliveries_total", "Deliveries that ended a try", ["task", "outcome"])
screened = Counter("leeward_screened_total", "Uploads that were asked about", ["answer"])
received = Counter("leeward_reports_total", "Reports received", ["channel"])
closed = Counter("leeward_closed_total", "DNS answers that were closed or safe", ["rule", "category"])
closed_uncounted = Counter("leeward_closed_uncounted_total", "Closed DNS answers for which the counts had no room")
screen_seconds = Histogram("leeward_screen_seconds", "Time to answer about an upload")
