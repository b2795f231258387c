"""Where Leeward runs, what it keeps, and what it takes in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
