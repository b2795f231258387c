"""The zero-knowledge proof as a plug-in of age assurance: an age proof app that proves one yes and shows nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from leeward.age import attempts
from leeward.age.issuers import services as issuers
from leeward.age.issuers.models import Form
from leeward.age.methods.protocol import NextStep
from leeward.age.models import AgeTransaction, Requirement
from leeward.age.wallet import answers, requests
from leeward.age.wallet.answers import Refused
from leeward.age.wallet.memory import Memory
from leeward.age.wallet.methods import WalletMethod
from leeward.age.wallet.requests import DOCTYPE, Address
from leeward.age.zk import checking
from leeward.core import config
from leeward.engines import mdoc

_FORMAT = "mso_mdoc_zk"
# Base64 of the largest answer; the names around it are few.
_MOST_LETTERS = mdoc.MOST_ZK_BYTES * 4 // 3 + 1024
BUSY = "zk_busy"


@dataclass(frozen=True)
class ZeroKnowledge(WalletMethod):
    """A proof that a document of a trusted issuer says yes, without the document: it can be linked to no other visit."""

    def is_ready(self) -> bool:
        """True where the operator switched it on, the library is there, and an issuer counts."""
        return config.current().age.zk_checks and checking.is_possible() and super().is_ready()

    def next_step(self) -> NextStep:
        """Name the setting, or the page of issuers."""
        if config.current().age.zk_checks and checking.is_possible():
            return super().next_step()
        return NextStep(_("Install leeward[zk], set LEEWARD_ZK_CHECKS to true, and start anew."), "operator:settings")

    def can_open(self, requirement: Requirement) -> bool:
        """True for «at least so many years»: the profile has proofs of a yes only (annex A, zero-knowledge proofs)."""
        return requirement.age_over is not None

    def asked(self, wanted: int) -> requests.Asked:
        """Return the query in the form that wallets and Google's documents agree on; OpenID4VP 1.0 has none."""
        system = {"system": mdoc.ZK_SYSTEM, "id": mdoc.CIRCUIT.digest} | mdoc.CIRCUIT.parameters
        paths = [[DOCTYPE, mdoc.element(age)] for age in requests.ages(wanted)]
        query = requests.dcql(_FORMAT, {"doctype_value": DOCTYPE, "zk_system_type": [system]}, paths)
        return requests.Asked(query, {_FORMAT: {}})

    def through_browser(self, request: Memory, *, wanted: int) -> dict[str, str] | None:
        """Return the request of the same shape as for a document, with what is to be proven in it."""
        asked = mdoc.zk_device_request(doctype=DOCTYPE, namespace=DOCTYPE, element=mdoc.element(wanted))
        return {"deviceRequest": requests.base64url(asked), "encryptionInfo": requests.encryption_info(request)}

    def judge(
        self, attempt: AgeTransaction, request: Memory, answer: str, *, to: Address, at: datetime
    ) -> dict[int, bool]:
        """Return the age that a proof proves which a wallet sent to our address. Raises `answers.Refused`."""
        response = answers.octets(answer, most_letters=self.most_letters)
        return _proven(attempt, response, transcript=answers.transcript_by_link(request, to=to), at=at)

    def judge_brought(self, attempt: AgeTransaction, request: Memory, answer: str, *, at: datetime) -> dict[int, bool]:
        """Return the age that a sealed proof proves which the browser brought. Raises `answers.Refused`."""
        transcript = answers.transcript_through_browser(request)
        sealed = answers.octets(answer, most_letters=self.most_letters)
        try:
            response = mdoc.open_sealed(
                sealed, key=request.private_key, transcript=transcript, most_bytes=mdoc.MOST_ZK_BYTES
            )
        except mdoc.Refused as refused:
            raise Refused(f"zk_{refused.reason}") from None
        return _proven(attempt, response, transcript=transcript, at=at)


def _proven(attempt: AgeTransaction, response: bytes, *, transcript: bytes, at: datetime) -> dict[int, bool]:
    wanted = attempts.wanted(attempt.requirement)
    asked = {mdoc.element(age): age for age in requests.ages(wanted)}
    try:
        claim = mdoc.claim(
            response, doctype=DOCTYPE, namespace=DOCTYPE, asked=asked.keys(), trusted=issuers.trusted(), at=at
        )
    except mdoc.Refused as refused:
        raise Refused(f"zk_{refused.reason}") from None
    try:
        holds = checking.checker.holds(claim, doctype=DOCTYPE, namespace=DOCTYPE, transcript=transcript)
    except checking.Busy:
        raise answers.Busy(BUSY) from None
    except checking.NotChecked:
        raise Refused("zk_not_checked") from None
    if not holds:
        raise Refused("zk_proof")
    return {asked[claim.element]: True}


def zk_mdoc() -> ZeroKnowledge:
    """Return the age proof app of the EU, asked for a zero-knowledge proof."""
    return ZeroKnowledge(
        id="zk_mdoc",
        form=Form.MDOC,
        scheme="av",
        most_letters=_MOST_LETTERS,
        statement=(
            "An age proof app proves one statement that an issuer signed, such as «over 18», and shows neither the statement's "
            "signature nor a key: two visits cannot be linked, not even with the issuer's help. The proof is checked on our own "
            "machine, by a library that calls itself experimental. Whether an issuer took a proof back is not looked up."
        ),
    )
