"""Pages of the documentation that are generated say what the code says."""

from __future__ import annotations

from pathlib import Path

from leeward.site import reference

DOCS = Path(__file__).parent.parent / "docs"


def test_the_settings_page_is_up_to_date() -> None:
    kept = (DOCS / "operator" / "settings.md").read_text(encoding="utf-8")

    assert kept == reference.settings_page(), "run `leeward settings > docs/operator/settings.md`"
