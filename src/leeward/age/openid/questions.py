"""What a client may ask: the words of an authorization request, and the scopes that name an age."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from leeward.age.levels import THRESHOLDS, Level

OPENID = "openid"
# Those that most laws speak of; a client may ask for each age that an area of its site asks for.
SCOPES = (OPENID, *(f"age_over_{age}" for age in THRESHOLDS), *(f"age_under_{age}" for age in THRESHOLDS))
_AGE_FORM = re.compile(r"age_(over|under)_(\d{1,2})")
_CHALLENGE_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_STATE_MAX, _NONCE_MAX = 1000, 200


class Refused(Exception):
    """A question or an exchange is refused with a registered error code; `detail` is for whoever writes the client."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(error)
        self.error, self.detail = error, detail


@dataclass(frozen=True)
class Question:
    """A question that can be understood. One of `over` and `under` is an age; `level` is None where any will do."""

    over: int | None
    under: int | None
    level: Level | None
    state: str
    nonce: str
    challenge: str


def read(asked: Mapping[str, str]) -> Question:
    """Read an authorization request; raises `Refused` (RFC 6749 section 4.1.2.1, OpenID Connect Core 3.1.2.6, RFC 9470)."""
    _check_flow(asked)
    over, under = _age(asked.get("scope", ""))
    state, nonce, challenge = (asked.get(name, "") for name in ("state", "nonce", "code_challenge"))
    if len(state) > _STATE_MAX or len(nonce) > _NONCE_MAX:
        raise Refused("invalid_request", f"«state» has at most {_STATE_MAX} letters and «nonce» {_NONCE_MAX}.")
    if asked.get("code_challenge_method") != "S256" or not _CHALLENGE_FORM.fullmatch(challenge):
        raise Refused("invalid_request", "PKCE is needed: send «code_challenge» with «code_challenge_method=S256».")
    return Question(over, under, _level(asked.get("acr_values", "")), state, nonce, challenge)


def _check_flow(asked: Mapping[str, str]) -> None:
    if "request" in asked:
        raise Refused("request_not_supported", "Send the parameters one by one.")
    if "request_uri" in asked:
        raise Refused("request_uri_not_supported", "Send the parameters one by one.")
    if asked.get("response_type") != "code":
        raise Refused("unsupported_response_type", "Only «response_type=code» is spoken here.")
    if asked.get("response_mode", "query") != "query":
        raise Refused("invalid_request", "Only «response_mode=query» is spoken here.")
    if "none" in asked.get("prompt", "").split():
        raise Refused("interaction_required", "Nobody is signed in here, so nothing can be shown without a page.")
    if "max_age" in asked:
        raise Refused(
            "invalid_request", "Ask for «acr_values=strict» instead of «max_age»: it is shown anew each time."
        )


def _age(scope: str) -> tuple[int | None, int | None]:
    words = scope.split()
    ages = [found for word in words if (found := _AGE_FORM.fullmatch(word)) is not None]
    if OPENID not in words or len(ages) != 1:
        raise Refused("invalid_scope", "Ask for «openid» and for one age, such as «openid age_over_16».")
    years = int(ages[0][2])
    return (years, None) if ages[0][1] == "over" else (None, years)


def _level(acr_values: str) -> Level | None:
    if not acr_values.strip():
        return None
    known = [level for word in acr_values.split() if (level := Level.of_acr(word)) is not None]
    if not known:
        words = ", ".join(level.acr for level in Level)
        raise Refused("unmet_authentication_requirements", f"The levels here are {words}.")
    return min(known)
