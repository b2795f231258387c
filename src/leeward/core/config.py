"""What an operator can set. `docs/operator/settings.md` is generated from this file and a test compares them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from leeward.core.settings import option


@dataclass(frozen=True)
class Server:
    """Where Leeward listens and under which names."""

    debug: bool = option(False, help="Show error details in pages. Never on a public machine.")
    data_dir: Path = option(
        Path("var"), unit="path", help="Folder for the database, sealed blobs, tables and made secrets."
    )
    site_url: str = option(
        "http://localhost:8000", unit="URL", help="Public address of this site, without a slash at the end."
    )
    hosts: tuple[str, ...] = option(
        ("localhost", "127.0.0.1", "[::1]"),
        unit="host names",
        help="Names under which the site answers. Any other name gets the page that explains a closed door.",
    )
    example_provider: str = option(
        "", unit="URL", help="An example provider to show on the first page; the demo sets it."
    )
    trusted_proxies: int = option(
        0, unit="count", help="How many proxies in front add X-Forwarded-For. 0: take the peer's address."
    )
    web_threads: int = option(8, unit="threads", help="Threads that answer requests in one web process.")
    web_processes: int = option(
        1, unit="processes", help="Web processes that `leeward serve` keeps on its one port (more than one: Linux)."
    )
    reports_per_minute: int = option(
        60, unit="reports", help="Reports that one network address may send in a minute by the API."
    )
    max_body_bytes: int = option(
        26_214_400, unit="bytes", help="Larger request bodies are refused with 413 before they are read."
    )
    guardian_sign_up: bool = option(
        False,
        help="Let anybody make an account as a guardian of a family, for the first organisation of the kind provider.",
    )


@dataclass(frozen=True)
class Storage:
    """What Leeward keeps and with which keys."""

    database: str = option(
        "", unit="URL", help="postgresql://user:password@host:port/name; empty: SQLite in the data folder.", secret=True
    )
    secret_key: str = option("", unit="text", help="Key for sessions and signatures.", secret=True, made=True)
    master_keys: str = option(
        "",
        unit="version:base64, newest first",
        help="Keys that wrap the data key of each sealed blob. Empty: made once in the data folder; keep a copy elsewhere.",
        secret=True,
        made=True,
    )
    signing_keys: str = option(
        "",
        unit="base64, newest first",
        help="Ed25519 keys that sign acknowledgements; the first one signs. Empty: made once in the data folder.",
        secret=True,
        made=True,
    )
    blob_storage: str = option(
        "django.core.files.storage.FileSystemStorage",
        unit="class",
        help="Storage class for sealed blobs; storages.backends.s3.S3Storage for S3 (its own AWS_* variables apply).",
    )
    s3_bucket: str = option("", unit="name", help="Bucket for sealed blobs where blob_storage is S3.")
    s3_endpoint: str = option("", unit="URL", help="Address of an S3-compatible service; empty: the vendor's own.")


@dataclass(frozen=True)
class Intake:
    """How reports come in, and what protects that door."""

    clamav: str = option(
        "", unit="host:port or unix:/path", help="A clamd that scans what reporters add. Empty: nothing is scanned."
    )
    proof_bits: int = option(
        18, unit="bits", help="Work that a network which sends very much must show before each further report."
    )
    emergency_number: str = option(
        "",
        unit="telephone number",
        help="What people call here who are in danger now, such as 112: a link to call it, wherever help comes first. Empty: none.",
    )
    code_tries: int = option(5, unit="tries", help="Wrong receipt codes from one network before waits begin to grow.")
    mail_from: str = option(
        "",
        unit="e-mail address",
        help="Who answers mails that came to the desk. Empty: mails are taken and not answered.",
    )
    mail_server: str = option(
        "smtp://localhost:25",
        unit="URL",
        help="Where answers are sent from: smtp://, smtp+starttls:// or smtps://, with user:password@ where that is asked for.",
        secret=True,
    )


@dataclass(frozen=True)
class Jobs:
    """How what is owed gets done."""

    carrier: str = option(
        "embedded",
        unit="embedded or celery",
        help="Who runs owed deliveries: our worker, or Celery over the same rows.",
    )
    broker: str = option(
        "",
        unit="URL",
        help="Celery's broker, such as redis://host:6379/0 or amqp://host; needed for carrier celery.",
        secret=True,
    )
    lease_s: float = option(
        30.0, unit="s", help="A delivery whose worker was silent for this long is taken over by another."
    )
    attempts: int = option(
        30, unit="count", help="After so many tries, some hours, a delivery is parked and shown on the desk."
    )
    retry_s: float = option(
        1.0, unit="s", help="Wait before the second try; it doubles with each further one, with jitter."
    )
    retry_max_s: float = option(900.0, unit="s", help="Longest wait between two tries.")
    worker_threads: int = option(4, unit="threads", help="Deliveries that one worker runs at a time.")
    http_timeout_s: float = option(10.0, unit="s", help="Time limit for a call to a provider's system.")


@dataclass(frozen=True)
class Network:
    """The embedded resolver and its page."""

    dns_host: str = option("127.0.0.1", unit="address", help="Where the embedded resolver listens.")
    dns_port: int = option(5300, unit="port", help="Port of the embedded resolver, UDP and TCP. 0: off.")
    dns_upstreams: tuple[str, ...] = option(
        (), unit="address:port", help="Resolvers that answer names which are not blocked."
    )
    dns_tls_port: int = option(
        0, unit="port", help="Port of the resolver for DNS over TLS; the usual one is 853. 0: off."
    )
    dns_https_port: int = option(
        0, unit="port", help="Port of the resolver for DNS over HTTPS (HTTP/1.1), on the path /dns-query. 0: off."
    )
    dns_name: str = option(
        "",
        unit="host name",
        help="Name in the resolver's certificate. Devices find its encrypted doors by it, and <token>.<name> is a child's.",
    )
    dns_certificate: Path = option(
        Path(), unit="path", help="Certificate chain of the resolver in PEM; it is read anew when the file changes."
    )
    dns_key: Path = option(Path(), unit="path", help="Key of that certificate in PEM.")
    dns_gateways: tuple[str, ...] = option(
        (), unit="networks", help="Networks of home gateways whose EDNS option names the device behind them."
    )
    dns_device_option: int = option(
        65074, unit="EDNS option", help="The option with the device's id (65074: `add-cpe-id` of dnsmasq)."
    )
    door_v4: str = option(
        "127.0.0.1", unit="IPv4 address", help="Address given for a blocked name: the host with the page that explains."
    )
    counts_days: int = option(
        7, unit="days", help="So long a family sees how often what stayed closed, by day and kind. 1 to 31."
    )
    names_until_band: str = option(
        "middle",
        unit="small, middle or none",
        help="Up to this age guardians may see the names that stayed closed, which the child is told: 6-9, 6-12, nobody.",
    )
    never_block: tuple[str, ...] = option(
        (), unit="host names", help="Names that no list, decision or parent can block, beside Leeward's own."
    )


@dataclass(frozen=True)
class Screening:
    """How uploads are judged."""

    classifiers: tuple[str, ...] = option(
        (),
        unit="names",
        help="Classifiers that give leads, such as opennsfw (needs the extra `classifiers`). A lead never decides.",
    )
    merge_rows: int = option(
        20_000,
        unit="rows",
        help="So many new or withdrawn signs lie in the memory of each process before the shared file is written anew.",
    )
    stream_max_bytes: int = option(
        5_368_709_120, unit="bytes", help="Longest file that POST /api/v1/screen/stream takes."
    )
    streams: int = option(2, unit="count", help="Files that one web process takes by streaming at a time.")
    holds_max: int = option(
        10_000,
        unit="count",
        help="Held uploads that one provider can have waiting; further ones are held all the same, without a row.",
    )
    dask_scheduler: str = option(
        "",
        unit="address",
        help="Scheduler of `leeward rescan --engine dask`, such as tcp://host:8786; empty: one on this machine.",
    )


@dataclass(frozen=True)
class Desk:
    """How cases are worked on and what follows from them."""

    jurisdiction: str = option(
        "",
        unit="country code",
        help="Country whose law this desk works under, such as MN or DE, for the routing rules. Empty: bodies of no country.",
    )
    action_targets: tuple[str, ...] = option(
        (),
        unit="names",
        help="Plug-ins that carry out orders beside webhooks, such as `folder`: a file for each in `orders` of the data folder.",
    )
    sor_url: str = option(
        "",
        unit="URL",
        help="Where statements of reasons go, such as https://transparency.dsa.ec.europa.eu/api/v1; its sandbox first. Empty: none go.",
    )
    sor_token: str = option("", unit="text", help="Token of that database for this platform.", secret=True)
    exposure_minutes: int = option(
        240,
        unit="min",
        help="So long one person may look at evidence on one day (UTC); then a break until the next. INHOPE advises 4 hours at most.",
    )
    exposure_break_after_minutes: int = option(
        50,
        unit="min",
        help="After so long a look at evidence in a row a break comes by itself. 0: only at the end of the day's time.",
    )
    exposure_break_minutes: int = option(
        10, unit="min", help="Length of that break. A pause as long as it counts as one."
    )
    second_look_percent: int = option(
        5,
        unit="%",
        help="Share of the decisions, drawn at random, that somebody else judges again without seeing the first.",
    )


@dataclass(frozen=True)
class Dnsdist:
    """dnsdist in front of a provider's resolvers, with the resolver's name, certificate and gateways from above."""

    dnsdist_listen: tuple[str, ...] = option(
        ("127.0.0.1:53",), unit="address:port", help="Where dnsdist answers over UDP and TCP."
    )
    dnsdist_dot: tuple[str, ...] = option(
        (), unit="address:port", help="Where dnsdist answers DNS over TLS, such as 192.0.2.1:853. Needs a certificate."
    )
    dnsdist_doh: tuple[str, ...] = option(
        (),
        unit="address:port",
        help="Where dnsdist answers DNS over HTTPS, such as 192.0.2.1:443. Needs a certificate.",
    )
    dnsdist_backends: tuple[str, ...] = option(
        (), unit="address:port", help="Resolvers behind dnsdist that answer what is open."
    )
    dnsdist_safe_backends: tuple[str, ...] = option(
        (),
        unit="address:port",
        help="Resolvers that answer search engines in their safe form. Empty: who has safe search gets no answer there.",
    )
    dnsdist_clients: tuple[str, ...] = option(
        ("127.0.0.0/8", "::1/128"), unit="networks", help="Networks that may ask dnsdist."
    )
    dnsdist_ports_a_block: int = option(
        1024, unit="ports", help="Ports that one line has where many lines share an IPv4 address (CGNAT)."
    )
    dnsdist_threads: int = option(1, unit="threads", help="Threads that answer on each address.")
    dnsdist_cache: int = option(200_000, unit="answers", help="Answers that dnsdist keeps for each pool of resolvers.")


@dataclass(frozen=True)
class Lines:
    """Which of the provider's lines has which address."""

    radius_listen: str = option(
        "", unit="address:port", help="Where RADIUS accounting is taken, such as 192.0.2.1:1813. Empty: nowhere."
    )
    radius_clients: tuple[str, ...] = option(
        (),
        unit="network=path",
        help="Networks of those that may send accounting, each with the file that holds their shared secret.",
    )
    radius_reference: str = option(
        "user-name",
        unit="user-name, class or calling-station-id",
        help="The attribute that holds the reference by which the provider knows a line.",
    )
    line_silent_hours: int = option(
        0,
        unit="h",
        help="A session of which nothing was heard for so long is taken for over. 0: never; only with interim updates.",
    )


@dataclass(frozen=True)
class Exchange:
    """How signs are exchanged with partners."""

    receipt_minutes: int = option(
        60,
        unit="min",
        help="A withdrawal that a partner did not confirm for so long is shown as a fault on /health/ready.",
    )
    # Three make one mistaken or hostile partner harmless, and are still few enough to be met.
    doubts_enough: int = option(
        3,
        unit="count",
        help="So many partners that disagree with a partner's sign in force let it wait for a person again.",
    )
    bell_streams: int = option(
        1000, unit="count", help="Partners' programs that one web process lets wait for the bell at a time."
    )


@dataclass(frozen=True)
class Helplines:
    """Someone to talk to: how long is kept what children write, and what carries live talk."""

    mailbox_days: int = option(
        90, unit="days", help="A mailbox is erased so long after the child's last visit. The child is told this number."
    )
    checked_days: int = option(
        180, unit="days", help="A row of the directory that nobody checked for so long is no longer shown to children."
    )
    chat_layer: str = option(
        "",
        unit="URL",
        help="redis://host:port/number carries live talk between web processes; empty: within one.",
        secret=True,
    )


@dataclass(frozen=True)
class Age:
    """Age assurance: where the service stands and what its tokens say."""

    country: str = option(
        "",
        unit="ISO 3166 code",
        help="Country of the service, such as MN. Empty: the strictest rule applies everywhere.",
    )
    token_minutes: int = option(10, unit="minutes", help="How long an age token is good, at most 10.")
    step_up_share: float = option(
        0.0,
        unit="share, at most 0.2",
        help="Of those let in by a weak way so many are drawn and asked for a surer one, to learn how often it is wrong.",
    )
    face_estimates: bool = option(
        False,
        help="True offers an estimate from a face, made in the visitor's browser, where an area asks for basic at most.",
    )
    face_buffer_years: int = option(
        7,
        unit="years, 5 to 15",
        help="By so much a face must look older than the age that is asked; so much younger, and it is a no.",
    )
    sd_jwt_types: tuple[str, ...] = option(
        (),
        unit="credential types",
        help="Types (vct) of SD-JWT credentials with age statements that are taken from wallets. Empty: none.",
    )
    token_keys: str = option(
        "",
        unit="base64, newest first",
        help="P-256 keys that sign age tokens; the first one signs. Empty: made once in the data folder.",
        secret=True,
        made=True,
    )


@dataclass(frozen=True)
class Config:
    """All sections in force."""

    server: Server
    storage: Storage
    intake: Intake
    jobs: Jobs
    network: Network
    dnsdist: Dnsdist
    screening: Screening
    desk: Desk
    lines: Lines
    exchange: Exchange
    helplines: Helplines
    age: Age


SECTIONS: dict[str, type] = {
    "server": Server,
    "storage": Storage,
    "intake": Intake,
    "jobs": Jobs,
    "network": Network,
    "dnsdist": Dnsdist,
    "screening": Screening,
    "desk": Desk,
    "lines": Lines,
    "exchange": Exchange,
    "helplines": Helplines,
    "age": Age,
}


def current() -> Config:
    """Return the settings in force."""
    config: Config = settings.LEEWARD
    return config
