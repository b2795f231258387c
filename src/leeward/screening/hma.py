"""Look-ups as clients of Meta's Hasher-Matcher-Actioner (HMA) make them: whoever switches changes one address.

Paths, parameters and answers are those of HMA 1.1. Source: blueprints/hashing.py, blueprints/matching.py and
schemas/matching.py of hasher-matcher-actioner/src/OpenMediaMatch, and its docs/api.md, facebook/ThreatExchange.

What differs, each on purpose:
- A bank is a category of ours, in capitals. What a rule only wants looked at is in a bank that ends in `_REVIEW`.
- A content id is the number of the sign. The listed hashes never leave, so nothing is answered about one but that it was met.
- Addresses are not fetched: `url=` is refused, send the file.
- What cannot be judged, or what only a classifier points at, is refused with 422 (503 while the index loads), so that
  no client takes it for clear. A picture with too little in it has the hash "" and no matches.
- A file that is known opens a case as at any other door.
- `seed` and `bypass_coinflip` change nothing: no coin is flipped.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone

from leeward.core.models import Organisation
from leeward.engines import hashing, matching
from leeward.engines.hashing import text
from leeward.indicators import services as indicators
from leeward.indicators.models import Indicator, Kind
from leeward.screening import services, values
from leeward.screening.hma_doors import Refused, door
from leeward.screening.hma_names import CONTENT_TYPES, SIGNAL_TYPES, bank_of, distance_of, kind_of, name_of
from leeward.screening.models import Answer

type Match = dict[str, object]
type Banks = dict[str, list[Match]]

ITEM_ID_MOST = 200  # characters, as in `Match`
NO_FETCHING = (403, "Leeward fetches no addresses. Send the file itself: POST it as multipart/form-data.")


def _hash_address(request: HttpRequest, asked_by: Organisation) -> object:
    raise Refused(*NO_FETCHING)


def _hash_file(request: HttpRequest, asked_by: Organisation) -> dict[str, str]:
    """Return the hashes of the file that was sent by signal type; "" for a hash that would say nothing."""
    content_type, file = _file(request)
    types = _types(request, content_type)
    data = file.read()
    digests = asdict(hashing.digests(data))
    return {name: digests.get(SIGNAL_TYPES[name]) or _likeness(SIGNAL_TYPES[name], data) for name in types}


def _likeness(kind: Kind, data: bytes) -> str:
    try:
        if kind is Kind.TLSH:
            return text.fingerprint(data.decode("utf-8")) or ""
        picture = hashing.hash_picture(data)
        return picture.hex if picture.quality >= services.PDQ_QUALITY else ""
    except hashing.PictureRefused as refused:
        raise Refused(422, f"This picture cannot be read ({refused.reason}). Hold the upload.") from None
    except UnicodeDecodeError:
        raise Refused(422, "This text is not in UTF-8. Send it as a «file».") from None


def _file(request: HttpRequest) -> tuple[str, UploadedFile[Any]]:
    files = [(name, file) for name, found in request.FILES.lists() for file in found]
    if not files:
        raise Refused(400, "Missing multipart/form-data file upload")
    if len(files) > 1:
        raise Refused(400, "Only one file allowed per request")
    content_type, file = files[0]
    if content_type not in CONTENT_TYPES:
        raise Refused(400, f"no such content_type; name the part one of: {', '.join(CONTENT_TYPES)}")
    return content_type, file


def _types(request: HttpRequest, content_type: str) -> tuple[str, ...]:
    known = CONTENT_TYPES[content_type]
    wanted = [name for part in request.GET.get("types", "").split(",") if (name := part.strip())]
    if not set(wanted) <= set(known):
        raise Refused(400, f"a signal type of «types» doesn't exist for this content; it has: {', '.join(known)}")
    return tuple(wanted) or known


def _lookup_file(request: HttpRequest, asked_by: Organisation) -> dict[str, Banks]:
    """Judge the file that was sent as at every other door, and return its matches by signal type and bank.

    `types` only says which names are there without a match: what was met is never left out for it.
    """
    content_type, file = _file(request)
    types = _types(request, content_type)
    screened = services.screen(
        file.read(),
        asked_by=asked_by,
        item_id=_item_id(request),
        media_type=_media_type(content_type, file),
        at=timezone.now(),
    )
    found: dict[str, Banks] = {name: {} for name in types}
    for sign, match in _matches(screened, request):
        banks = found.setdefault(name_of(Kind(sign.kind), among=CONTENT_TYPES[content_type]), {})
        banks.setdefault(bank_of(sign), []).append(match)
    return found


def _item_id(request: HttpRequest) -> str:
    """Return the provider's own name of the upload, which HMA knows nothing of."""
    item_id = request.headers.get("X-Item-Id", "")
    if len(item_id) > ITEM_ID_MOST:
        raise Refused(400, f"X-Item-Id has at most {ITEM_ID_MOST} characters")
    return item_id


def _media_type(content_type: str, file: UploadedFile[Any]) -> str:
    """Return what the file is judged as: only what is sent as a text can be one."""
    if content_type == "text":
        return "text/plain"
    sent = (file.content_type or "")[:100]
    return sent if sent.startswith(("image/", "video/")) else "application/octet-stream"


def _matches(screened: services.Screened, request: HttpRequest) -> list[tuple[services.Sign, Match]]:
    """Return each met sign with its match as HMA writes it, of the banks that were asked for."""
    if screened.answer == Answer.CLEAR:
        return []
    if not screened.signs:
        raise _undecided(screened)
    met = Indicator.objects.filter(uid__in=[sign.indicator for sign in screened.signs])
    numbers = {str(uid): pk for uid, pk in met.values_list("uid", "pk")}
    asked = {name for name in request.GET.get("banks", "").split(",") if name}
    return [
        (sign, {"bank_content_id": numbers[sign.indicator], "distance": distance_of(sign)})
        for sign in screened.signs
        if not asked or bank_of(sign) in asked
    ]


def _undecided(screened: services.Screened) -> Refused:
    if screened.reason == services.NOT_READY:
        return Refused(503, "index not yet ready. Hold the upload and ask again.")
    number = f", as number {screened.hold}" if screened.hold else ""
    return Refused(
        422, f"This upload is {screened.answer} ({screened.reason}){number}. Hold it until a person has looked."
    )


def _lookup_signal(request: HttpRequest, asked_by: Organisation) -> Banks:
    """Return the matches of one signal by bank."""
    found: Banks = {}
    for sign, match in _looked_up(request, asked_by):
        found.setdefault(bank_of(sign), []).append(match)
    return found


def _raw_lookup(request: HttpRequest, asked_by: Organisation) -> dict[str, list[object]]:
    """Return the numbers of the signs that one signal met, with their distances where that is asked for."""
    wants_distance = _is_true(request.GET.get("include_distance", "false"))
    matches = [match for _, match in _looked_up(request, asked_by)]
    return {"matches": [match if wants_distance else match["bank_content_id"] for match in matches]}


def _is_true(word: str) -> bool:
    if word.lower() not in {"true", "1", "false", "0"}:
        raise Refused(400, "invalid boolean parameter - prefer true/false")
    return word.lower() in {"true", "1"}


def _looked_up(request: HttpRequest, asked_by: Organisation) -> list[tuple[services.Sign, Match]]:
    name, value = request.GET.get("signal_type"), request.GET.get("signal")
    if request.GET.get("url"):
        raise Refused(*NO_FETCHING)
    if name is None or value is None:
        raise Refused(400, "both signal and signal_type are required")
    kind = kind_of(name)
    if not value and kind in {Kind.PDQ, Kind.TLSH}:
        return []  # The hash that HMA and we give to what has too little in it.
    try:
        asked = values.of(kind, value)
    except indicators.NotASign as wrong:
        raise _invalid(wrong) from None
    return _matches(services.look_up(asked, asked_by=asked_by, at=timezone.now()), request)


def _invalid(wrong: indicators.NotASign) -> Refused:
    return Refused(400, f"invalid signal: {wrong}")


def _compare(request: HttpRequest, asked_by: Organisation) -> dict[str, list[object]]:
    """Return for each pair of hashes whether they match, and at what distance."""
    try:
        pairs = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refused(400, "Request input was not JSON") from None
    if not isinstance(pairs, dict):
        raise Refused(400, "Request input was not a dict")
    return {name: _compared(kind_of(name), pair) for name, pair in pairs.items()}


def _compared(kind: Kind, pair: object) -> list[object]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise Refused(400, "Comparison hashes are a list of exactly 2")
    try:
        left, right = (indicators.normal(kind, str(value)) for value in pair)
    except indicators.NotASign as wrong:
        raise _invalid(wrong) from None
    if kind is Kind.PDQ:
        distance = (int(left, 16) ^ int(right, 16)).bit_count()
        return [distance <= matching.WITHIN_BITS, {"distance": distance}]
    if kind is Kind.TLSH:
        distance = text.distance(left, right)
        return [distance <= text.WITHIN, {"distance": distance}]
    return [left == right, {}]


hash_media = door({"GET": _hash_address, "POST": _hash_file})
lookup = door({"GET": _lookup_signal, "POST": _lookup_file})
raw_lookup = door({"GET": _raw_lookup})
compare = door({"POST": _compare})
