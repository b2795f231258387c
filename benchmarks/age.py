"""Measure what an age check costs: a proof of an age proof app, tokens, a gate through nginx, and how soon what was taken back is refused.

Usage: benchmarks/age.py [--json] [--rounds N] [--checks 20000] [--revocations 20] [--only proofs,blind,tokens,gates,zk] [--full]
`--full` measures the zero-knowledge proof, too, which needs the extra `zk`.
There is no peer for the proof: of two libraries for Python, one checks no device and takes what expired, the other no issuer, so a
ratio to them would compare unlike things. The peer is the bare ES256 check of `cryptography`, of which a proof needs two and a token one:
the ratio says which part of the time it is.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import age_gates
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwk, jwt

from leeward.age import gate
from leeward.age.levels import Level
from leeward.age.zk.checking import Checker
from leeward.engines import blindtokens, mdoc
from leeward.engines.blindtokens.tests import holder
from leeward.engines.mdoc.tests.wallet import DOCTYPE, NOW, Issuer

PROOF_GOAL_MS = 0.5
TOKEN_GOAL_MS = 0.05
SIGN_ROUNDS = 50  # Milliseconds each.
ZK_ROUNDS = 7  # Seconds each.

Figure = dict[str, object]


def median_ms(work: Callable[[], object], *, rounds: int) -> float:
    """Return how long `work` takes in the middle, warm."""
    work()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def figure(name: str, value: float, *, goal: float | None = None, bare_ms: float | None = None) -> Figure:
    """Return one figure in milliseconds; `bare_ms` is what the bare checks of the signatures in it take."""
    row: Figure = {
        "name": f"age.{name}",
        "value": round(value, 4),
        "unit": "ms",
        "higher_is_better": False,
        "goal": goal,
    }
    if bare_ms is None:
        return row | {"peer": None, "ratio": None}
    return row | {"peer": "cryptography, the bare signatures", "ratio": round(bare_ms / value, 2)}


def bare_es256(key: ec.EllipticCurvePrivateKey, *, rounds: int) -> float:
    """Return what one ES256 check takes, in milliseconds."""
    public, message, algorithm = key.public_key(), b"m" * 600, ec.ECDSA(hashes.SHA256())
    signature = key.sign(message, algorithm)
    return median_ms(lambda: public.verify(signature, message, algorithm), rounds=rounds)


def proofs(rounds: int) -> Iterator[Figure]:
    """Measure the proof of an app: with its signer known, and with every certificate looked at anew."""
    issuer = Issuer()
    transcript = mdoc.transcript_openid4vp(
        client_id="redirect_uri:https://age.example/a", nonce="n" * 43, response_uri="https://age.example/a"
    )
    answer = issuer.issue({16: True, 18: True}).show("age_over_18", transcript=transcript)

    def verify(trusted: mdoc.Trust) -> mdoc.Shown:
        return mdoc.verify(
            answer,
            transcript=transcript,
            doctype=DOCTYPE,
            namespace=DOCTYPE,
            asked={"age_over_18"},
            trusted=trusted,
            at=NOW,
        )

    known, bare_ms = mdoc.Trust([issuer.anchor]), bare_es256(issuer.key, rounds=rounds)
    proof_ms = median_ms(lambda: verify(known), rounds=rounds)
    yield figure("proof", proof_ms, goal=PROOF_GOAL_MS, bare_ms=2 * bare_ms)
    yield figure("proof_cold", median_ms(lambda: verify(mdoc.Trust([issuer.anchor])), rounds=rounds))
    yield figure("es256", bare_ms)


def blind(rounds: int) -> Iterator[Figure]:
    """Measure a blind token: signing it unseen, and verifying it when it is spent."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    public, signer = key.public_key(), blindtokens.Signer(key)
    suite = blindtokens.Suite.PSS_DETERMINISTIC
    blinded = holder.blind(b"t" * 32, public, salt=bytes(suite.salt_bytes))
    signature = holder.finish(signer.sign(blinded.message), blinded, public)

    def verify() -> bool:
        return blindtokens.is_signed(public, message=b"t" * 32, signature=signature, suite=suite)

    if not verify():
        raise SystemExit("the token does not verify")
    yield figure("blind_token", median_ms(verify, rounds=rounds), goal=TOKEN_GOAL_MS)
    yield figure("blind_sign", median_ms(lambda: signer.sign(blinded.message), rounds=SIGN_ROUNDS))


def site_tokens(rounds: int) -> Iterator[Figure]:
    """Measure the check of an age token: whole, and where its signature was seen before, as at a gate."""
    key = jwk.ECKey.generate_key("P-256", auto_kid=True)
    nonce, audience, at = "n" * 22, "https://forum.example", datetime.now(UTC)
    now_s = int(at.timestamp())
    claims = {"aud": audience, "nonce": gate.digest(nonce), "iat": now_s, "exp": now_s + 600, "jti": "j" * 22}
    claims |= {"age_over": 18, "acr": Level.STANDARD.acr}
    token = jwt.encode({"alg": gate.ALGORITHM, "typ": gate.TYPE, "kid": key.kid}, claims, key)
    keys, area = jwk.KeySet([key]), gate.Area("forum-adults", audience, 18, None, Level.STANDARD)
    shown = gate.read(token, keys=keys)

    def whole() -> gate.Shown:
        return gate.verify(token, audience=audience, over=18, level=Level.STANDARD, keys=keys, at=at, nonce=nonce)

    bare_ms = bare_es256(ec.generate_private_key(ec.SECP256R1()), rounds=rounds)
    yield figure("site_token", median_ms(whole, rounds=rounds), goal=TOKEN_GOAL_MS, bare_ms=bare_ms)
    yield figure("site_token_seen", median_ms(lambda: gate.check(shown, area, at=at, nonce=nonce), rounds=rounds))


def zero_knowledge() -> Iterator[Figure]:
    """Measure the check of a zero-knowledge proof with the process that it starts, and the most memory that process takes."""
    from leeward.age.zk.tests import prover  # The library is there only with the extra `zk`.

    issuer, at = Issuer(), NOW
    transcript = mdoc.transcript_openid4vp(
        client_id="redirect_uri:https://a.example", nonce="n", response_uri="https://a.example"
    )
    proof = prover.proven(issuer.issue({18: True}), issuer.key.public_key(), transcript=transcript, at=at)
    trusted, asked = mdoc.Trust([issuer.anchor]), {"age_over_18"}
    answer = issuer.zk_answer(proof, made_at=at)

    def claimed() -> mdoc.Claim:
        return mdoc.claim(answer, doctype=DOCTYPE, namespace=DOCTYPE, asked=asked, trusted=trusted, at=at)

    claim, checker = claimed(), Checker()

    def check() -> None:
        if not checker.holds(claim, doctype=DOCTYPE, namespace=DOCTYPE, transcript=transcript):
            raise SystemExit("the proof does not hold")

    yield figure("zk_read", median_ms(claimed, rounds=100))
    yield figure("zk_check", median_ms(check, rounds=ZK_ROUNDS))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)  # Of one check that warms up, too.
    yield figure("zk_processor", (used.ru_utime + used.ru_stime) / (ZK_ROUNDS + 1) * 1000)
    yield figure("zk_memory", used.ru_maxrss / 1024) | {"unit": "MiB"}


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--checks", type=int, default=20_000)
    parser.add_argument("--revocations", type=int, default=20)
    parser.add_argument("--only", default="gates,proofs,blind,tokens")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    wanted = options.only.split(",") + ["zk"] * options.full
    parts: dict[str, Callable[[], Iterator[Figure]]] = {
        "gates": lambda: age_gates.measure(checks=options.checks, rounds=options.revocations),
        "proofs": lambda: proofs(options.rounds),
        "blind": lambda: blind(options.rounds),
        "tokens": lambda: site_tokens(options.rounds),
        "zk": zero_knowledge,
    }
    for name, part in parts.items():
        if name not in wanted:
            continue
        if name != "gates":
            _pin()
        for row in part():
            print(
                json.dumps(row) if options.json else f"{row['name']!s:24} {row['value']:>9} {row['unit']}", flush=True
            )


def _pin() -> None:
    """Stay on one processor. The gates come before it: their servers would stay there, too."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    else:
        print("not pinned: this system has no sched_setaffinity", file=sys.stderr)


if __name__ == "__main__":
    main()
