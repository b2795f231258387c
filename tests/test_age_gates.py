"""Real nginx and real Caddy keep a page until an age was shown, with the lines that operators copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.stage import machine
from tests.stage.ages import cookies_of, show_age, written
from tests.stage.leeward import Blank, Leeward, Role
from tests.stage.ports import LOOPBACK, free_port, is_open
from tests.stage.processes import Process, plain_environment
from tests.stage.waiting import until
from tests.uploads_sites import nginx

EXAMPLES = Path(__file__).parents[1] / "examples" / "age"
# «areas» is nginx, too, with two areas on one host.
FILES = {"nginx": "nginx.conf", "caddy": "Caddyfile", "areas": "two-areas.conf"}
SECRET = "THE PAGE FOR ADULTS"
WANTED = "/adults/page.html?q=1"
CODE, CHILDS_CODE = "BEA3-88WE-07", "ANA7-M2QX-41"
PREPARE = """
from django.utils import timezone
from leeward.age import records, services
from leeward.age.levels import Kind, Level
from leeward.age.models import AgeRecord
at = timezone.now()
for slug, callback in {sites!r}.items():
    site = services.add_site(slug=slug, name=slug, callback=callback, at=at)
    draft = services.RequirementDraft(slug + "-adults", "Pages for adults", 18, None, Level.STANDARD, (Kind.VERIFICATION,))
    services.require(site, draft, actor="system", at=at)
    draft = services.RequirementDraft(slug + "-teens", "Pages for teens", 13, None, Level.STANDARD, (Kind.VERIFICATION,))
    services.require(site, draft, actor="system", at=at)
years = {{{code!r}: 40, {childs_code!r}: 12}}
records.take(AgeRecord.Source.SCHOOL, {{code.upper(): age for code, age in years.items()}}, actor="system", at=at)
"""
REVOKE = """
from datetime import timedelta
from django.utils import timezone
from leeward.age import gate, tokens
from leeward.age.models import LiveToken
at = timezone.now()
jti = gate.read({token!r}, keys=tokens.key_set()).jti
LiveToken.objects.create(jti=jti, holder=b"x", expires_at=at + timedelta(minutes=10), revoked_at=at)
"""


@dataclass(frozen=True)
class Front:
    """A proxy before a page for adults, and the Leeward that it asks."""

    url: str
    need: str
    leeward: Leeward

    def ask(self, path: str = WANTED, *, cookie: str = "", **headers: str) -> httpx.Response:
        sent = headers | ({"Cookie": cookie} if cookie else {})
        return httpx.get(f"{self.url}{path}", headers=sent, timeout=20)


def nginx_conf(folder: Path, port: int, lines: str) -> str:
    owner = "user root; " if os.geteuid() == 0 else ""  # Root's own folder is closed to nginx's usual user.
    temp = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"{owner}daemon off; pid {folder}/pid; error_log stderr warn;\nevents {{}}\nhttp {{ access_log off; {temp}"
        f"server {{ listen {LOOPBACK}:{port}; root {folder}/pages;\n{lines}\n}} }}"
    )


def caddy_conf(folder: Path, port: int, lines: str) -> str:
    return f"{{\n admin off\n auto_https off\n}}\nhttp://{LOOPBACK}:{port} {{\n{lines}\nroot * {folder}/pages\nfile_server\n}}\n"


def lines_of(proxy: str, *, leeward: Leeward, need: str) -> str:
    """Return the shipped example with the names of this test in it."""
    text = (EXAMPLES / FILES[proxy]).read_text(encoding="utf-8")
    assert text.count("forum-adults") >= 1
    host = urlsplit(leeward.base_url).netloc
    text = text.replace("https://leeward.example", leeward.base_url).replace("leeward.example", host)
    return text.replace("forum-adults", need).replace("forum-teens", need.replace("-adults", "-teens"))


@pytest.fixture(scope="module")
def fronts(blank: Blank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Front]]:
    """Every proxy before the same Leeward, each as a site of its own."""
    folder = tmp_path_factory.mktemp("gates")
    blank.copy_to(folder)
    leeward, running = Leeward(folder), list[Process]()
    ports = {name: free_port() for name in FILES}
    sites = {name: f"http://{LOOPBACK}:{port}/_age/back" for name, port in ports.items()}
    try:
        leeward.python(PREPARE.format(sites=sites, code=CODE, childs_code=CHILDS_CODE))
        leeward.start(Role.WEB)
        for name, port in ports.items():
            running += _started(name, folder / name, port, leeward)
        yield {name: Front(f"http://{LOOPBACK}:{port}", f"{name}-adults", leeward) for name, port in ports.items()}
    finally:
        for process in running:
            process.stop()
        leeward.stop()


def _started(name: str, folder: Path, port: int, leeward: Leeward) -> list[Process]:
    program = shutil.which("caddy") if name == "caddy" else nginx()
    if program is None:
        return []
    for area in ("adults", "teens"):
        (folder / "pages" / area).mkdir(parents=True)
        (folder / "pages" / area / "page.html").write_text(SECRET)
    (folder / "pages" / "index.html").write_text("open to everybody")
    lines, conf = lines_of(name, leeward=leeward, need=f"{name}-adults"), folder / "conf"
    conf.write_text((caddy_conf if name == "caddy" else nginx_conf)(folder, port, lines))
    words = ["run", "--adapter", "caddyfile", "--config", str(conf)] if name == "caddy" else ["-c", str(conf)]
    env = plain_environment() | {"HOME": str(folder)}
    process = Process(name, [str(program), *words], env=env, log=folder / "log")
    process.wait_until(lambda: is_open(port), what=f"{name} listens")
    return [process]


@pytest.fixture(params=["nginx", "caddy"])
def front(fronts: dict[str, Front], request: pytest.FixtureRequest) -> Front:
    """One proxy after the other."""
    found: Front = fronts[request.param]
    if not is_open(urlsplit(found.url).port or 0):
        package = {"nginx": "nginx-light", "caddy": "caddy"}[request.param]
        machine.missing(request.param, install=f"sudo apt-get install {package} (Debian, Ubuntu)")
    return found


def nginx_with_two_areas(fronts: dict[str, Front]) -> Front:
    found = fronts["areas"]
    if not is_open(urlsplit(found.url).port or 0):
        machine.missing("nginx", install="sudo apt-get install nginx-light (Debian, Ubuntu)")
    return found


def visit(front: Front) -> httpx.Response:
    """Show an age for the front, and return the answer with which the visitor comes back to it."""
    led = front.ask()
    back = show_age(front.leeward.base_url, led.headers["location"], CODE)
    return httpx.get(back.headers["location"], headers={"Cookie": written(cookies_of(led))}, timeout=20)


def test_the_page_comes_after_the_age_and_no_byte_of_it_before(front: Front) -> None:
    before, came = front.ask(), visit(front)
    inside = front.ask(came.headers["location"], cookie=written(cookies_of(came)))

    assert (before.status_code, SECRET in before.text) == (302, False)
    assert "page" not in before.headers["location"]
    assert (came.status_code, came.headers["location"]) == (302, WANTED)
    assert (inside.status_code, inside.text) == (200, SECRET)


def test_a_child_gets_no_token_and_no_byte(front: Front) -> None:
    ended = show_age(front.leeward.base_url, front.ask().headers["location"], CHILDS_CODE)

    assert (ended.status_code, "You did nothing wrong." in ended.text) == (200, True)


def test_open_pages_stay_open(front: Front) -> None:
    assert front.ask("/").text == "open to everybody"


@pytest.mark.parametrize(
    "cookie", ["", "__Host-age=x", "__Host-age=" + "a" * 22 + ".a.b.c", "__Host-age=" + "a" * 6000]
)
def test_without_a_good_token_no_byte_comes(front: Front, cookie: str) -> None:
    answer = front.ask(cookie=cookie)

    assert (answer.status_code, SECRET in answer.text) == (302, False)


def test_a_visitor_cannot_name_another_area(front: Front) -> None:
    answer = front.ask(**{"X-Age-Required": "other-area"})

    assert (answer.status_code, f"need={front.need}" in answer.headers["location"]) == (302, True)


def test_the_token_of_one_site_is_refused_at_the_other(fronts: dict[str, Front], front: Front) -> None:
    came = visit(front)
    other = next(one for one in fronts.values() if one.need != front.need)

    assert other.ask(cookie=written(cookies_of(came))).status_code in {302, 502}
    assert SECRET not in other.ask(cookie=written(cookies_of(came))).text


def test_a_token_that_is_not_sure_enough_asks_for_more(front: Front) -> None:
    came = visit(front)
    level = "from leeward.age.models import Requirement; Requirement.objects.filter(slug={!r}).update(level={})"
    front.leeward.python(level.format(front.need, 4))
    try:
        # The gate reads its state anew after a second, at the side of a check.
        until(
            lambda: front.ask(cookie=written(cookies_of(came))).status_code == 403,
            within_s=10,
            what="the gate asks for more",
        )
        answer = front.ask(cookie=written(cookies_of(came)))
    finally:
        front.leeward.python(level.format(front.need, 3))

    assert (answer.status_code, SECRET in answer.text) == (403, False)
    assert "One more step" in answer.text


def test_what_is_taken_back_is_refused_within_ten_seconds(front: Front) -> None:
    # A holder is written beside the token that was issued last; nobody is signed in here.
    came = visit(front)
    token = cookies_of(came)["__Host-age"].partition(".")[2]
    cookie = written(cookies_of(came))
    assert front.ask(cookie=cookie).status_code == 200
    front.leeward.python(REVOKE.format(token=token))

    until(lambda: front.ask(cookie=cookie).status_code == 302, within_s=10, what="the gate refuses what was taken back")


def test_two_areas_of_one_host_each_open_to_their_own_age(fronts: dict[str, Front]) -> None:
    front = nginx_with_two_areas(fronts)

    led = front.ask("/teens/page.html")
    back = show_age(front.leeward.base_url, led.headers["location"], CODE)
    came = httpx.get(back.headers["location"], headers={"Cookie": written(cookies_of(led))}, timeout=20)
    cookie = written(cookies_of(came))
    at_adults = front.ask(cookie=cookie)

    assert "need=areas-teens" in led.headers["location"]
    assert (came.status_code, came.headers["location"]) == (302, "/teens/page.html")
    assert front.ask("/teens/page.html", cookie=cookie).text == SECRET
    assert (at_adults.status_code, SECRET in at_adults.text) == (302, False)
    assert "need=areas-adults" in at_adults.headers["location"]


def test_nobody_comes_in_where_the_age_service_does_not_answer(fronts: dict[str, Front], tmp_path: Path) -> None:
    port, silent = free_port(), Leeward(tmp_path)
    running = _started("nginx", tmp_path / "nginx", port, silent)
    if not running:
        machine.missing("nginx", install="sudo apt-get install nginx-light (Debian, Ubuntu)")
    try:
        answer = httpx.get(f"http://{LOOPBACK}:{port}{WANTED}", timeout=20)
    finally:
        running[0].stop()

    assert (answer.status_code, SECRET in answer.text) == (500, False)
