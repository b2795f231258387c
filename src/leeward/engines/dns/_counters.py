"""What the resolver counts. Numbers only: no name and no address ever gets here."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Count since the start. A query that is answered or refused on the spot counts as a query alone."""

    queries: int = 0
    malformed: int = 0  # Dropped or answered FORMERR.
    blocked: int = 0
    cached: int = 0
    forwarded: int = 0  # Answered by an upstream.
    failed: int = 0  # Answered SERVFAIL.
    refused: int = 0  # Came with a token that nobody has.
    safe: int = 0  # Answered in a safe form.
    unsent: int = 0  # Answers that the system did not take.
