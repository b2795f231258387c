"""Mobile documents (ISO/IEC 18013-5) as the age verification profile of the EU uses them: verified from the received octets, offline.

`verify` says what a wallet showed, or refuses with a reason; `nearest` answers an age from the statements shown. `claim` reads an
answer that proves a statement in zero knowledge, and leaves the proof to be checked. The transcripts bind an answer to one request.
Nothing here keeps anything but signers' certificates that held.
"""

from leeward.engines.mdoc._ages import age_of, element, nearest, statements
from leeward.engines.mdoc._cbor import MOST_BYTES
from leeward.engines.mdoc._refused import Reason, Refused
from leeward.engines.mdoc._requests import device_request, encryption_info, open_sealed
from leeward.engines.mdoc._transcripts import transcript_dc_api, transcript_iso_dc_api, transcript_openid4vp
from leeward.engines.mdoc._trust import USAGES, NotAnAnchor, Trust
from leeward.engines.mdoc._verify import Shown, verify
from leeward.engines.mdoc._zk import CIRCUIT, MOST_ZK_BYTES, ZK_SYSTEM, Circuit, Claim, claim, zk_device_request

__all__ = [
    "CIRCUIT",
    "MOST_BYTES",
    "MOST_ZK_BYTES",
    "USAGES",
    "ZK_SYSTEM",
    "Circuit",
    "Claim",
    "NotAnAnchor",
    "Reason",
    "Refused",
    "Shown",
    "Trust",
    "age_of",
    "claim",
    "device_request",
    "element",
    "encryption_info",
    "nearest",
    "open_sealed",
    "statements",
    "transcript_dc_api",
    "transcript_iso_dc_api",
    "transcript_openid4vp",
    "verify",
    "zk_device_request",
]
