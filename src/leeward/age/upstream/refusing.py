"""Why an answer of a service that was asked does not count."""

from __future__ import annotations


class Refused(Exception):
    """An answer does not count, so the visitor is offered another way; `code` is short, for figures, and repeats nothing of it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
