"""What the rules may ask about one case."""

from __future__ import annotations

from dataclasses import dataclass

from ._words import ONLY_NATURES, Hosted


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold what the rules may ask about one case.

    `nature` is what the reports say, empty where nobody said. `category` is what a decision found, empty before one and
    after one that found nothing wrong. `is_illegal` is true only by a decision in effect. `is_danger` is what somebody
    said, `is_danger_confirmed` what a person of the desk confirmed. Countries are ISO 3166-1 alpha-2, empty if unknown.
    """

    nature: str = ""
    category: str = ""
    severity: int = 2
    is_illegal: bool = False
    is_danger: bool = False
    is_danger_confirmed: bool = False
    hosted: Hosted = Hosted.UNKNOWN
    jurisdiction: str = ""
    host_country: str = ""
    suspect_country: str = ""
    reporter_is_child: bool = False
    victim_is_minor: bool = False
    has_media: bool = False
    is_known: bool = False
    is_flagger: bool = False

    @property
    def matter(self) -> str:
        """What the case is about: what was decided, or before that what was reported. Empty where nobody said."""
        if self.category and not (self.category == "other" and self.nature in ONLY_NATURES):
            return self.category
        return self.nature
