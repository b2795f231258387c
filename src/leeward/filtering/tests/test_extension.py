"""The package of the browser extension: built for one provider, the same octets each time, right for Chromium and Firefox.

No linter of a store is here, so its rules are: what addons.mozilla.org and the Chrome Web Store refuse is refused below.
"""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from leeward.core import config
from leeward.filtering.extension import building

SITE = "https://leeward.example"
LOCALES = {"en", "mn", "fr", "es", "ar", "ru", "zh_CN"}
HOST = {"host": "localhost:8000"}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Every file of the package for one site."""
    return unpacked(building.build(SITE))


def unpacked(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def manifest(files: dict[str, bytes]) -> dict[str, Any]:
    """The manifest of that package."""
    read: dict[str, Any] = json.loads(files["manifest.json"])
    return read


def test_the_same_address_gives_the_same_octets(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        call_command("extension", "build", site=SITE, out=tmp_path / name, stdout=io.StringIO())

    first = (tmp_path / "one.zip").read_bytes()
    assert first == (tmp_path / "two.zip").read_bytes() == building.build(f"{SITE}/")
    assert first != building.build("https://other.example")


def test_the_command_says_where_the_package_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    out = io.StringIO()

    call_command("extension", "build", site=SITE, stdout=out)

    assert f"Written: {tmp_path.resolve() / 'leeward-extension.zip'} (" in out.getvalue()
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("extension", "build", site=SITE, out=tmp_path / "no folder" / "one.zip")


def test_it_asks_the_one_site_that_it_was_built_for(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    assert b'export const BUILT_FOR = "https://leeward.example";' in files["site.js"]
    assert manifest["host_permissions"] == ["https://leeward.example/*"]
    assert "optional_host_permissions" not in manifest
    assert manifest["browser_specific_settings"]["gecko"]["id"] == "leeward@leeward.example"


def test_a_port_stands_in_the_address_and_not_in_the_pattern() -> None:
    found = unpacked(building.build("https://leeward.example:8443"))

    assert b'"https://leeward.example:8443"' in found["site.js"]
    assert json.loads(found["manifest.json"])["host_permissions"] == ["https://leeward.example/*"]


@pytest.mark.parametrize(
    "site",
    [
        "http://leeward.example",
        "leeward.example",
        "https://",
        "https://leeward.example/path",
        "https://leeward.example?a=b",
        "https://user@leeward.example",
        "https://leeward.example:port",
        "https://[",
        "ftp://leeward.example",
        "",
    ],
)
def test_an_address_that_is_none_is_refused_in_words(site: str, tmp_path: Path) -> None:
    with pytest.raises(building.WrongSite, match="give"):
        building.build(site)
    if site:
        with pytest.raises(CommandError, match="--site: "):
            call_command("extension", "build", site=site, out=tmp_path / "no.zip")
    assert not (tmp_path / "no.zip").exists()


def test_without_an_address_the_command_builds_for_this_site(tmp_path: Path) -> None:
    call_command("extension", "build", out=tmp_path / "own.zip", stdout=io.StringIO())

    assert (tmp_path / "own.zip").read_bytes() == building.build(config.current().server.site_url)


def test_both_browsers_start_the_same_script(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    assert manifest["manifest_version"] == 3
    # Firefox knows `scripts` and Chromium `service_worker`; each passes over the other's since version 121.
    background = manifest["background"]
    assert background["scripts"] == [background["service_worker"]] == ["background.js"]
    assert background["type"] == "module"
    assert int(manifest["minimum_chrome_version"]) >= 121
    assert re.fullmatch(r"\d+(\.\d+){0,3}", manifest["version"])


def test_firefox_is_told_what_leaves_the_browser(manifest: dict[str, Any]) -> None:
    gecko = manifest["browser_specific_settings"]["gecko"]
    assert re.fullmatch(r"[\w.+-]+@[\w.-]+", gecko["id"])
    assert gecko["data_collection_permissions"] == {"required": ["browsingActivity"]}
    # It asks for consent at installation since 140.
    assert float(gecko["strict_min_version"]) >= 140


def test_it_may_do_two_things_and_no_more(manifest: dict[str, Any]) -> None:
    assert manifest["permissions"] == ["storage", "webNavigation"]
    keys = {"content_scripts", "web_accessible_resources", "externally_connectable", "content_security_policy"}
    assert not keys & set(manifest)


def test_every_file_that_is_named_is_there(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    named = {*manifest["background"]["scripts"], *manifest["icons"].values(), manifest["options_ui"]["page"]}
    for page in (name for name in files if name.endswith(".html")):
        named |= set(re.findall(r'(?:src|href)="([^"]+)"', files[page].decode()))
    for script in (name for name in files if name.endswith(".js")):
        named |= {path.removeprefix("./") for path in re.findall(r'from "([^"]+)"', files[script].decode())}

    assert named <= set(files)
    assert not [name for name in files if name.startswith((".", "_")) and not name.startswith("_locales/")]


def test_each_icon_is_a_picture_of_the_size_that_it_says(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    assert set(manifest["icons"]) >= {"48", "128"}
    for size, name in manifest["icons"].items():
        with Image.open(io.BytesIO(files[name])) as icon:
            assert (icon.format, icon.size) == ("PNG", (int(size), int(size)))


def test_it_speaks_every_language_of_the_site_in_whole(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    found = {name.split("/")[1]: json.loads(files[name]) for name in files if name.startswith("_locales/")}

    assert set(found) == LOCALES
    assert manifest["default_locale"] in found
    for words in found.values():
        assert set(words) == set(found["en"])
        assert all(said["message"].strip() for said in words.values())
        # The longest that both stores take.
        assert len(words["name"]["message"]) <= 75
        assert len(words["description"]["message"]) <= 132


def test_each_word_that_is_used_is_there_and_each_that_is_there_is_used(files: dict[str, bytes]) -> None:
    words = set(json.loads(files["_locales/en/messages.json"]))
    text = b"".join(files[name] for name in ("manifest.json", "options.html", "options.js")).decode()
    used = set(re.findall(r'__MSG_(\w+)__|data-words="(\w+)"|words\("(\w+)"\)|\? "(\w+)" : "(\w+)"', text))

    assert {word for found in used for word in found if word} == words


def test_it_runs_nothing_from_elsewhere_and_asks_at_one_place_only(files: dict[str, bytes]) -> None:
    scripts = {name: text.decode() for name, text in files.items() if name.endswith((".js", ".html"))}
    for name, text in scripts.items():
        assert not re.search(r"\beval\b|innerHTML|insertAdjacentHTML|document\.write|new Function|import\(", text), name
        assert not re.search(r"XMLHttpRequest|sendBeacon|WebSocket|EventSource", text), name
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", text), name
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), name
    assert sum(text.count("fetch(") for text in scripts.values()) == 1
    assert scripts["background.js"].count("fetch(") == 1


def test_the_page_to_install_it_offers_the_package_of_this_site() -> None:
    page = Client(headers=HOST).get("/family/extension/")
    package = Client(headers=HOST).get("/family/extension/leeward.zip")

    assert "Only the name of a page that did not open" in page.content.decode()
    assert 'href="/family/extension/leeward.zip"' in page.content.decode()
    assert package["Content-Type"] == "application/zip"
    assert package.content == building.build(config.current().server.site_url)


def test_a_site_without_https_offers_no_package(settings: Any) -> None:
    server = dataclasses.replace(config.current().server, site_url="http://leeward.example")
    settings.LEEWARD = dataclasses.replace(config.current(), server=server)

    assert "There is no package" in Client(headers=HOST).get("/family/extension/").content.decode()
    assert Client(headers=HOST).get("/family/extension/leeward.zip").status_code == 404
