"""Statements of reasons for the EU's database (Article 17 and 24(5) of the Digital Services Act). Plain values in and out.

What a decision holds becomes a payload in `_build`; `problems` holds it against the database's rules, `lint` looks for
personal data, of which none may leave. Neither says a value: field names only.
Source of the rules: github.com/digital-services-act/transparency-database, commit 69e80a0 of 2026-06-24,
`StatementStoreRequest.php`; schema 2, in force since 2025-07-01.
"""

from leeward.engines.statements._build import NoRestriction, build
from leeward.engines.statements._lint import Finding, clean, lint
from leeward.engines.statements._schema import SCHEMA, Problem, problems
from leeward.engines.statements._values import Automation, Content, Decided, Found, Harm, Measure

__all__ = [
    "SCHEMA",
    "Automation",
    "Content",
    "Decided",
    "Finding",
    "Found",
    "Harm",
    "Measure",
    "NoRestriction",
    "Problem",
    "build",
    "clean",
    "lint",
    "problems",
]
