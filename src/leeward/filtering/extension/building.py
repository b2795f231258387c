"""Pack the extension for one provider: the same address gives the same octets, so that anybody can check a package."""

from __future__ import annotations

import ipaddress
import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

SOURCE: Final = Path(__file__).parent / "source"
# The first moment that a zip file can tell.
_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o644 << 16


class WrongSite(ValueError):
    """The address cannot be that of a provider's site. The message says what to give."""


def build(site: str) -> bytes:
    """Return the zip file of the extension that asks only `site`. Raises `WrongSite`."""
    address = _address(site)
    packed = BytesIO()
    # Stored and not compressed, because every version of the library compresses in a way of its own.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in SOURCE.rglob("*") if path.is_file()):
            name = path.relative_to(SOURCE).as_posix()
            entry = zipfile.ZipInfo(name, date_time=_BEGINNING)
            entry.create_system, entry.external_attr = 3, _READABLE
            archive.writestr(entry, _content(path, name, address))
    return packed.getvalue()


def _content(path: Path, name: str, address: SplitResult) -> bytes:
    if name == "manifest.json":
        return _manifest(json.loads(path.read_text(encoding="utf-8")), address)
    if name == "site.js":
        said = path.read_text(encoding="utf-8")
        return said.replace('BUILT_FOR = ""', f"BUILT_FOR = {json.dumps(_origin(address))}").encode()
    return path.read_bytes()


def _manifest(manifest: dict[str, Any], address: SplitResult) -> bytes:
    del manifest["optional_host_permissions"]
    # Without the port: Firefox knows none in these patterns.
    manifest["host_permissions"] = [f"{address.scheme}://{address.hostname}/*"]
    # Each provider signs a package of its own, for which Firefox wants an id of its own.
    manifest["browser_specific_settings"]["gecko"]["id"] = f"leeward@{address.hostname}"
    return (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode()


def _origin(address: SplitResult) -> str:
    return f"{address.scheme}://{address.netloc}"


def _address(site: str) -> SplitResult:
    try:
        address = urlsplit(site)
        host, _port = address.hostname or "", address.port
    except ValueError:
        raise WrongSite("the address cannot be read; give one such as https://leeward.example") from None
    if not host or address.path.strip("/") or address.query or address.fragment or address.username is not None:
        raise WrongSite("give the address of the site alone, such as https://leeward.example")
    if address.scheme != "https" and not (address.scheme == "http" and _is_this_machine(host)):
        raise WrongSite("give an address with https://, because the names of pages must not be read on the way")
    return address


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
