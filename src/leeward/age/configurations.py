"""What the operator writes into the proxy before an area: the shipped examples, with this site's names in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from leeward.age.models import Requirement
from leeward.core import config

_FOLDER = Path(__file__).parent / "proxies"
_PROXIES = (("nginx", "nginx.conf"), ("Caddy", "Caddyfile"), ("Traefik", "traefik.yml"))


@dataclass(frozen=True)
class Configuration:
    """The lines for one proxy."""

    proxy: str
    lines: str


def of(requirement: Requirement) -> list[Configuration]:
    """Return the lines for each proxy. They call this site by its public address; inside a network a shorter way may do."""
    leeward = config.current().server.site_url
    names = {"LEEWARD_HOST": urlsplit(leeward).netloc, "LEEWARD_URL": leeward, "AREA": requirement.slug}
    return [Configuration(proxy, _filled(_FOLDER / file, names)) for proxy, file in _PROXIES]


def _filled(path: Path, names: dict[str, str]) -> str:
    text = path.read_text(encoding="utf-8")
    for name, value in names.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text
