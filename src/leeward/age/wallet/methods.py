"""The two ways to show an age with a wallet, as plug-ins of age assurance."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from leeward.age import attempts
from leeward.age.issuers import services as issuers
from leeward.age.issuers.models import Form
from leeward.age.levels import Kind, Level
from leeward.age.methods.protocol import Again, Example, NextStep, Outcome, State, Step
from leeward.age.models import AgeTransaction
from leeward.age.wallet import answers, memory, requests, sd_jwt
from leeward.age.wallet.memory import Memory
from leeward.age.wallet.requests import Address, Where
from leeward.core import config, qr

_KEPT = "Nothing of the proof. Whether one age is passed is kept sealed until the visitor goes on, for half an hour at most."


@dataclass(frozen=True)
class WalletMethod:
    """A proof of age that a wallet shows and an issuer signed."""

    id: str
    form: Form
    scheme: str
    statement: str
    kind: Kind = Kind.VERIFICATION
    top_level: Level = Level.ENHANCED
    thresholds: tuple[int, ...] | None = None
    retention: str = _KEPT
    # Of one presentation, as letters of base64url.
    most_letters: int = answers.MOST_LETTERS

    def is_ready(self) -> bool:
        """True where an issuer counts, and for SD-JWT where the operator named the types of credentials."""
        if self.form == Form.SD_JWT and not config.current().age.sd_jwt_types:
            return False
        return bool(issuers.certificates_of(self.form))

    def next_step(self) -> NextStep:
        """Name the page of issuers, or the setting."""
        if issuers.certificates_of(self.form):
            return NextStep(
                _("Name the types of credentials in LEEWARD_SD_JWT_TYPES, and start anew."), "operator:settings"
            )
        return NextStep(_("Trust an issuer of such proofs."), "issuers:overview")

    def begin(self, transaction: AgeTransaction, *, at: datetime) -> Step:
        """Show the request as a link for this device and as a picture for another one."""
        request = memory.begun(transaction)
        wanted = attempts.wanted(transaction.requirement)
        links = {where: self._link(transaction, request, where=where, wanted=wanted) for where in Where}
        context: dict[str, object] = {"here": links[Where.HERE], "code": qr.code(links[Where.THERE])}
        context["through_browser"] = self.through_browser(request, wanted=wanted)
        return Step("age/wallet/show.html", context)

    def _link(self, attempt: AgeTransaction, request: Memory, *, where: Where, wanted: int) -> str:
        asked = self.asked(wanted)
        to = requests.address(attempt.uid, where)
        return requests.link(self.scheme, to, nonce=request.nonce, dcql=asked.dcql, formats=asked.formats)

    def asked(self, wanted: int) -> requests.Asked:
        """Return what a wallet is asked for by link."""
        algorithms: dict[str, dict[str, list[int] | list[str]]]
        if self.form == Form.MDOC:
            algorithms = {"mso_mdoc": {"issuerauth_alg_values": [-7], "deviceauth_alg_values": [-7]}}
            return requests.Asked(requests.mdoc_dcql(wanted), algorithms)
        algorithms = {"dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}}
        return requests.Asked(requests.sd_jwt_dcql(wanted, config.current().age.sd_jwt_types), algorithms)

    def through_browser(self, request: Memory, *, wanted: int) -> dict[str, str] | None:
        """Return what a wallet is asked for through the browser, or None where that way is not taken."""
        return requests.through_browser(request, wanted=wanted) if self.form == Form.MDOC else None

    def judge(
        self, attempt: AgeTransaction, request: Memory, answer: str, *, to: Address, at: datetime
    ) -> dict[int, bool]:
        """Return the ages that a presentation shows which a wallet sent to our address. Raises `answers.Refused`."""
        if self.form == Form.MDOC:
            wanted = attempts.wanted(attempt.requirement)
            return answers.of_mdoc(answer, request, to=to, wanted=wanted, at=at)
        return sd_jwt.of_sd_jwt(answer, request, to=to, types=config.current().age.sd_jwt_types, at=at)

    def judge_brought(self, attempt: AgeTransaction, request: Memory, answer: str, *, at: datetime) -> dict[int, bool]:
        """Return the ages that a sealed presentation shows which the browser brought. Raises `answers.Refused`."""
        if self.form != Form.MDOC:
            raise answers.Refused("browser_not_asked")
        return answers.of_browser(answer, request, wanted=attempts.wanted(attempt.requirement), at=at)

    def answer(self, transaction: AgeTransaction, form: Mapping[str, str | bytes], *, at: datetime) -> Outcome:
        """Take what a wallet sent, or its browser brought, meanwhile."""
        request = memory.of(transaction)
        if request is None:
            return Outcome(State.INCONCLUSIVE, reason="wallet_not_asked")
        if request.over:
            return self._sent(request, form.get("code", ""))
        if request.refused:
            return Outcome(State.INCONCLUSIVE, reason=request.refused)
        raise Again("wallet_waits")

    def _sent(self, request: Memory, code: str | bytes) -> Outcome:
        # A wallet on this device leads its own browser back with a code. Whoever sent the link to somebody else has none.
        if request.code and not (isinstance(code, str) and hmac.compare_digest(code.encode(), request.code.encode())):
            raise Again("wallet_back")
        return Outcome(State.SATISFIED, request.ages, self.top_level)

    def examples(self) -> Sequence[Example]:
        """Return an answer to no request: a proof fits one request only, so no better one can be written down."""
        return [Example({"code": "AA"}, State.INCONCLUSIVE)]


def eu_mdoc() -> WalletMethod:
    """Return the age proof app of the EU."""
    return WalletMethod(
        id="eu_mdoc",
        form=Form.MDOC,
        scheme="av",
        statement=(
            "An age proof app shows one statement that an issuer signed, such as «over 16». Signature, time and device are "
            "checked on our own machine. The issuer does not learn where it is shown. Whether an issuer took a proof back "
            "is not looked up; proofs end within months."
        ),
    )


def sd_jwt_wallet() -> WalletMethod:
    """Return a wallet with an SD-JWT credential."""
    return WalletMethod(
        id="sd_jwt",
        form=Form.SD_JWT,
        scheme="openid4vp",
        statement=(
            "A wallet shows one age statement of a credential that an issuer signed. Signature, time and the wallet's key are "
            "checked on our own machine. Whether an issuer took a credential back is not looked up."
        ),
    )
