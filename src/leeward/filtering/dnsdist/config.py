"""Write what dnsdist is started with: one text that 1.7.3 of Debian 12 and the vendor's 2.x both read.

dnsdist's configuration is a Lua program. It calls only what both have; a test asks dnsdist itself whether it is right.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

BLOCKED_TTL_S: Final = 5  # Short, so that what is opened is open on the next try. Ten at most.
MOST_TTL_S: Final = 60  # Bedtime and «pause» must reach a device soon. The resolvers behind keep answers longer.
SAFE_POOL: Final = "safe"
_PARTS: Final = ("tables.lua", "decision.lua", "counts.lua", "policy.lua")
DOH_PATH: Final = "/dns-query"
MOST_PORT: Final = 65535

# Where these do not exist, a browser or a telephone stays with this resolver. Source: support.mozilla.org, "Canary domain -
# use-application-dns.net"; developer.apple.com, "Prepare your network or web server for iCloud Private Relay".
CANARY_FOR_ALL: Final = "use-application-dns.net"
CANARIES_FOR_CHILDREN: Final = ("mask.icloud.com", "mask-h2.icloud.com")


class WrongPlane(ValueError):
    """The settings of dnsdist do not fit together. The message names the setting and what to write there."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Everything that the configuration says. Addresses carry a port: `192.0.2.1:53` or `[2001:db8::1]:53`."""

    data_dir: Path  # Holds policy.tbl and family/.
    folder: Path  # Where the configuration and the script lie.
    listen: tuple[str, ...]
    backends: tuple[str, ...]
    door_v4: str
    door_v6: str = ""
    dot: tuple[str, ...] = ()
    doh: tuple[str, ...] = ()
    certificate: str = ""
    key: str = ""
    tls_domain: str = ""
    safe_backends: tuple[str, ...] = ()
    clients: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    trusted: tuple[str, ...] = ()
    edns_option: int = 65074
    ports_a_block: int = 1024
    threads: int = 1
    cache: int = 200_000
    filters: bool = True  # False: the same dnsdist without a policy, to measure what the policy costs.

    def __post_init__(self) -> None:
        """Refuse what dnsdist would refuse later, or would take and then answer nobody."""
        if not self.listen:
            raise WrongPlane("LEEWARD_DNSDIST_LISTEN: name an address with a port, such as 192.0.2.1:53")
        if not self.backends:
            raise WrongPlane("LEEWARD_DNSDIST_BACKENDS: name the resolvers behind dnsdist, such as 127.0.0.1:5353")
        if (self.dot or self.doh) and not (self.certificate and self.key):
            raise WrongPlane("LEEWARD_DNS_CERTIFICATE and LEEWARD_DNS_KEY: DNS over TLS and HTTPS need both")
        for place in (*self.listen, *self.dot, *self.doh, *self.backends, *self.safe_backends):
            _refuse_bad_address(place)
        for network in (*self.clients, *self.trusted):
            _refuse_bad_network(network)
        if not 1 <= self.threads <= 256 or not 1 <= self.edns_option <= MOST_PORT or self.cache < 1:
            raise WrongPlane("LEEWARD_DNSDIST_THREADS: 1-256; LEEWARD_DNS_DEVICE_OPTION: 1-65535; _CACHE: 1 or more")


def script() -> str:
    """Return the policy script: one chunk, in four files only to be read."""
    folder = resources.files(__package__)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in _PARTS)


def text(plane: Plane) -> str:
    """Return `dnsdist.conf` for a plane. It finds the script beside itself, in the plane's folder."""
    parts = [
        "-- Written by `leeward dnsdist write`. Change the settings and write it again, not this file.",
        'setSecurityPollSuffix("")  -- Nobody outside learns which version runs here.',
        "setServFailWhenNoServer(true)",
        f"setACL({_list(plane.clients)})",
        *_listeners(plane),
        *_servers(plane),
        _LONGEST_TTL.format(most=MOST_TTL_S),
        "addAction(AndRule({QTypeRule(DNSQType.ANY), TCPRule(false)}), TCAction())  -- No echo larger than the question.",
    ]
    if plane.filters:
        parts.append(_policy(plane))
    return "\n".join(parts) + "\n"


_LONGEST_TTL: Final = """\
addResponseAction(AllRule(), LuaResponseAction(function(answer)
  answer:editTTLs(function(_, _, _, ttl) return math.min(ttl, {most}) end)
  return DNSResponseAction.None
end))"""

# A script that fails to load in a thread would let every question pass, so each thread gets one that cannot fail to load:
# the text that was tried here, and in its place a refusal.
_POLICY: Final = """\
local file = assert(io.open({path}))
local script = file:read("*a")
file:close()
local options = [==[{options}]==]
local function code(more)
  return ("local made, policy = pcall(function() return assert(loadstring(%q, '=policy.lua'))((%s)(%s)) end)\\n"
    .. "if made then return policy end\\nreturn function() return DNSAction.ServFail end"):format(script, options, more)
end
if not jit.status() then errlog("leeward: LuaJIT compiles nothing here; answers will be slow") end
assert(loadstring(script, "=policy.lua"))(assert(loadstring("return (" .. options .. ")()"))())"""


def _policy(plane: Plane) -> str:
    path = _text(str(plane.folder / "policy.lua"))
    lines = [_POLICY.format(path=path, options=_options(plane))]
    if plane.trusted:
        # Only what comes from these networks is looked through for the option, and nobody else is believed.
        lines.append("local trusted = newNMG()")
        lines += [f"trusted:addMask({_text(network)})" for network in plane.trusted]
        lines.append(
            f'addAction(NetmaskGroupRule(trusted, true), LuaFFIPerThreadAction(code("{plane.edns_option}")))'
            '\naddAction(NotRule(NetmaskGroupRule(trusted, true)), LuaFFIPerThreadAction(code("nil")))'
        )
    else:
        lines.append('addAction(AllRule(), LuaFFIPerThreadAction(code("nil")))')
    return "\n".join(lines)


def _options(plane: Plane) -> str:
    door_v6 = _octets(ipaddress.IPv6Address(plane.door_v6).packed) if plane.door_v6 else "nil"
    door_v4 = _octets(ipaddress.IPv4Address(plane.door_v4).packed) if plane.door_v4 else "nil"
    canaries = ", ".join(_octets(_wire(name)) for name in CANARIES_FOR_CHILDREN)
    fields = (
        f"family = {_text(str(plane.data_dir / 'family'))}, signs = {_text(str(plane.data_dir / 'policy.tbl'))}",
        f"counts = {_text(str(plane.data_dir / 'counts'))}",
        f"door_v4 = {door_v4}, door_v6 = {door_v6}, ttl_s = {BLOCKED_TTL_S}",
        f"doh_prefix = {_text(DOH_PATH + '/')}, tls_suffix = {_text('.' + plane.tls_domain) if plane.tls_domain else 'nil'}",
        f"ports_a_block = {plane.ports_a_block}, pool = {_text(SAFE_POOL)}",
        f"canary = {_octets(_wire(CANARY_FOR_ALL))}, canaries = {{{canaries}}}",
        "edns_option = edns_option",
    )
    return "function(edns_option) return {\n  " + ",\n  ".join(fields) + ",\n} end"


def _listeners(plane: Plane) -> list[str]:
    reuse = "{reusePort=true}" if plane.threads > 1 else "{}"
    lines = [f"addLocal({_text(place)}, {reuse})" for place in plane.listen for _ in range(plane.threads)]
    files = f"{_text(plane.certificate)}, {_text(plane.key)}"
    lines += [f'addTLSLocal({_text(place)}, {files}, {{minTLSVersion="tls1.2"}})' for place in plane.dot]
    paths = _list((DOH_PATH,))  # A token follows as a further part of the path.
    options = '{exactPathMatching=false, minTLSVersion="tls1.2"}'
    lines += [f"addDOHLocal({_text(place)}, {files}, {paths}, {options})" for place in plane.doh]
    return lines


def _servers(plane: Plane) -> list[str]:
    lines = [f"newServer({{address={_text(place)}}})" for place in plane.backends]
    lines += [f"newServer({{address={_text(place)}, pool={_text(SAFE_POOL)}}})" for place in plane.safe_backends]
    # Each pool keeps answers of its own, so that a safe answer is never given to somebody else, nor the other way round.
    cache = f"newPacketCache({plane.cache}, {{maxTTL={MOST_TTL_S}}})"
    lines += [f"getPool({_text(pool)}):setCache({cache})" for pool in ("", SAFE_POOL)]
    return lines


def _text(value: str) -> str:
    """Return a Lua string; what is not plain is written by its octets."""
    plain = all(" " <= letter <= "~" and letter not in '"\\[]' for letter in value)
    return f'"{value}"' if plain else _octets(value.encode("utf-8"))


def _octets(value: bytes) -> str:
    return '"' + "".join(f"\\{octet:03d}" for octet in value) + '"'


def _list(values: tuple[str, ...]) -> str:
    return "{" + ", ".join(_text(value) for value in values) + "}"


def _wire(name: str) -> bytes:
    return b"".join(bytes((len(label),)) + label.encode("ascii") for label in name.split(".")) + b"\0"


def _refuse_bad_address(place: str) -> None:
    host, _, port = place.rpartition(":")
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        is_good = 0 < int(port) <= MOST_PORT and (":" not in host or host.startswith("["))
    except ValueError:
        is_good = False
    if not is_good:
        raise WrongPlane(
            f"LEEWARD_DNSDIST_…: {place} is no address with a port; write 192.0.2.1:53 or [2001:db8::1]:53"
        )


def _refuse_bad_network(network: str) -> None:
    try:
        ipaddress.ip_network(network)
    except ValueError:
        raise WrongPlane(
            f"LEEWARD_DNSDIST_CLIENTS or LEEWARD_DNS_GATEWAYS: {network} is no network; write 192.0.2.0/24"
        ) from None
