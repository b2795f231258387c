"""What people and machines do with it: screening, the desk, the exchange, helplines and ages."""

from __future__ import annotations

from dataclasses import dataclass

from leeward.core.settings import option


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
    zk_checks: bool = option(
        False,
        help="True offers zero-knowledge proofs of an age proof app, by a library that is experimental (extra `zk`, Linux on x86-64).",
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
