"""The policy of a family: what is kept away from whom and when, and the slow, obvious reference that says so.

The values are in `values`, the words of the marks in `catalogue`, windows in `schedule`, the precedence table in
`decide`, sentences for pages in `explain`, and the names of safe search in `safesearch`.
"""

from .catalogue import Catalogue, CatalogueWrong, Entry, Kind, UnknownSlug, catalogue
from .decide import Listing, Names, World, decide
from .explain import explain
from .safesearch import Engine, engines, safe_name, safe_search_names
from .schedule import MomentRefused, Span, is_within, spans
from .values import (
    BLOCKABLE,
    BYPASSES,
    CATEGORIES,
    DAY_MINUTES,
    MARKS_BITS,
    MOST_NUMBER,
    NEVER,
    RESET,
    SAFE_SEARCHES,
    SERVICES,
    SLOT_MINUTES,
    Decision,
    Own,
    Profile,
    ProfileRefused,
    Rule,
    Window,
)

__all__ = [
    "BLOCKABLE",
    "BYPASSES",
    "CATEGORIES",
    "DAY_MINUTES",
    "MARKS_BITS",
    "MOST_NUMBER",
    "NEVER",
    "RESET",
    "SAFE_SEARCHES",
    "SERVICES",
    "SLOT_MINUTES",
    "Catalogue",
    "CatalogueWrong",
    "Decision",
    "Engine",
    "Entry",
    "Kind",
    "Listing",
    "MomentRefused",
    "Names",
    "Own",
    "Profile",
    "ProfileRefused",
    "Rule",
    "Span",
    "UnknownSlug",
    "Window",
    "World",
    "catalogue",
    "decide",
    "engines",
    "explain",
    "is_within",
    "safe_name",
    "safe_search_names",
    "spans",
]
