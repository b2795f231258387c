"""The browser is real, judges what it sees, and reaches this machine only."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.stage.browser import PageComplains, axe, new_page

pytestmark = pytest.mark.browser


def test_axe_finds_a_planted_fault(page: Page) -> None:
    page.set_content('<html lang="en"><title>Planted</title><main><h1>A</h1><img src="data:,"></main></html>')

    assert [found.partition(":")[0] for found in axe(page)] == ["image-alt"]


def test_axe_finds_nothing_on_a_sound_page(page: Page) -> None:
    page.set_content('<html lang="en"><title>Sound</title><main><h1>A</h1></main></html>')

    assert axe(page) == []


def test_no_other_machine_is_reached(page: Page) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://elsewhere.example/")


def test_a_broken_script_fails_the_test(browser: Browser) -> None:
    with pytest.raises(PageComplains, match="the lamp"), new_page(browser) as page:
        page.set_content("<script>throw new Error('the lamp')</script>")


def test_a_broken_content_security_policy_fails_the_test(browser: Browser) -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\">"

    with pytest.raises(PageComplains, match="Content Security Policy"), new_page(browser) as page:
        page.set_content(f"{policy}<script>1</script>")
