"""What the resolver refuses to start with, and that it answers by the tables that it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from leeward.core.config import Network, Server
from leeward.core.settings import WrongSetting, read
from leeward.engines import dns
from leeward.site import resolver
from leeward.site.planes import Planes


def made(environ: dict[str, str], *, folder: Path) -> dns.Resolver:
    planes = Planes(folder / "policy.tbl", family=folder / "family")
    return resolver.resolver_of(planes, server=read(Server, environ), network=read(Network, environ))


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"LEEWARD_DNS_UPSTREAMS": "192.0.2.53:dns"}, "LEEWARD_DNS_UPSTREAMS"),
        ({"LEEWARD_DNS_GATEWAYS": "192.0.2.1/24"}, "LEEWARD_DNS_GATEWAYS"),
        ({"LEEWARD_DNS_TLS_PORT": "853"}, "LEEWARD_DNS_NAME"),
        ({"LEEWARD_DNS_HTTPS_PORT": "443"}, "LEEWARD_DNS_NAME"),
    ],
)
def test_a_wrong_setting_names_itself(environ: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=words):
        made(environ, folder=tmp_path)


def test_what_is_no_certificate_names_its_setting(tmp_path: Path) -> None:
    (tmp_path / "chain.pem").write_text("scrap")

    with pytest.raises(WrongSetting, match="LEEWARD_DNS_CERTIFICATE"):
        resolver.Certificate(tmp_path / "chain.pem", tmp_path / "key.pem")


def test_the_defaults_start() -> None:
    assert made({}, folder=Path("nowhere")).counters == dns.Counters()
