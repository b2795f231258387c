"""A small OpenID provider with an age door in CAMARA's shape, on loopback: it checks what a client must send, and can be twisted."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwk, jwt
from joserfc.errors import JoseError

CLIENT, SECRET = "leeward-at-harbour", "made-up: secret/7"

type Json = dict[str, Any]
type Twist = Callable[[Json], Json]


def same(said: Json) -> Json:
    """Change nothing."""
    return said


@dataclass
class Provider:
    """What the provider says. Each field can be changed to play an attacker, or a provider of another kind."""

    at: datetime
    back: str
    person: Json = field(default_factory=lambda: {"age_over_18": True})
    in_id_token: bool = True
    names_itself: bool = True
    meta: Twist = same
    claims: Twist = same
    key: Any = field(default_factory=lambda: jwk.ECKey.generate_key("P-256", {"kid": "1"}))
    sign: Callable[[Json], str] | None = None
    age: Json = field(default_factory=lambda: {"ageCheck": "true", "verifiedStatus": True})
    subject: str = "made-up-subject"
    userinfo_subject: str = "made-up-subject"
    issuer: str = ""
    asked: list[Json] = field(default_factory=list)
    exchanged: int = 0
    # How clients prove who they are: by a secret in the header, or, where their keys are known, by a text that they signed.
    client_keys: Json = field(default_factory=dict)
    assertions: list[str] = field(default_factory=list)
    now_s: Callable[[], float] = time.time
    refused: list[str] = field(default_factory=list)
    age_asked: list[Json] = field(default_factory=list)
    _codes: dict[str, Json] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _published: Any = None

    def __post_init__(self) -> None:
        self._published = self.key

    def answer(self, method: str, path: str, query: Json, headers: Any, body: bytes) -> tuple[int, Json | str]:
        """Answer one request: status, and a JSON object, or an address to redirect to."""
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return 200, self.meta(self._metadata())
            case "GET", "/jwks":
                return 200, {"keys": [self._published.as_dict(private=False)]}
            case "GET", "/authorize":
                return 302, self._authorize(query)
            case "POST", "/token":
                return self._token(parse_qs(body.decode()), headers)
            case "GET", "/userinfo" if headers["Authorization"] == "Bearer made-up-access":
                return 200, {"sub": self.userinfo_subject, **self.person}
            case "POST", "/kyc/verify" if headers["Authorization"] == "Bearer made-up-access":
                self.age_asked.append(json.loads(body))
                return 200, self.age
        return 404, {}

    def _metadata(self) -> Json:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["private_key_jwt" if self.client_keys else "client_secret_basic"],
            "claims_parameter_supported": True,
            "authorization_response_iss_parameter_supported": self.names_itself,
        }

    def _authorize(self, query: Json) -> str:
        asked = {name: values[0] for name, values in query.items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert (asked["redirect_uri"], asked["code_challenge_method"]) == (self.back, "S256")
        assert "openid" in asked["scope"].split()
        self.asked.append(asked)
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        said = {"code": code, "state": asked["state"]} | ({"iss": self.issuer} if self.names_itself else {})
        return f"{asked['redirect_uri']}?{urlencode(said)}"

    def _token(self, form: Json, headers: Any) -> tuple[int, Json]:
        self.exchanged += 1
        if not (self._signed(form) if self.client_keys else self._has_secret(headers)):
            return 401, {"error": "invalid_client"}
        asked = self._codes.pop(form["code"][0], None)
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"][0].encode()).digest()).rstrip(b"=").decode()
        if asked is None or not hmac.compare_digest(asked["code_challenge"], challenge):
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != [asked["redirect_uri"]]:
            return 400, {"error": "invalid_grant"}
        now = int(self.at.timestamp())
        claims = self.claims(
            {
                "iss": self.issuer,
                "sub": self.subject,
                "aud": CLIENT,
                "nonce": asked["nonce"],
                "iat": now,
                "exp": now + 300,
                **(self.person if self.in_id_token else {}),
            }
        )
        id_token = self.sign(claims) if self.sign else jwt.encode({"alg": "ES256", "kid": "1"}, claims, self.key)
        return 200, {"access_token": "made-up-access", "token_type": "Bearer", "id_token": id_token}

    def _has_secret(self, headers: Any) -> bool:
        user, _colon, secret = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
        return (unquote(user), unquote(secret)) == (CLIENT, SECRET)

    def _signed(self, form: Json) -> bool:
        """Judge a client's text as RFC 7523, section 3, and RFC 10070 say; what is wrong stands in `refused`."""
        text, kind = form.get("client_assertion", [""])[0], form.get("client_assertion_type", [""])[0]
        self.assertions.append(text)
        try:
            token = jwt.decode(text, jwk.KeySet.import_key_set(self.client_keys), algorithms=["ES256"])  # type: ignore[arg-type]  # JSON
        except JoseError:
            self.refused.append("signature")
            return False
        said, now_s = token.claims, self.now_s()
        wrong = {
            "kind": kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "type": token.header.get("typ") != "client-authentication+jwt",
            "client": (said.get("iss"), said.get("sub"), *form.get("client_id", [CLIENT])) != (CLIENT,) * 3,
            "audience": said.get("aud") != self.issuer,
            "time": not now_s - 5 < said["exp"] <= now_s + 65 or said["exp"] - said["iat"] > 60,
            "replay": said["jti"] in self._seen,
        }
        self._seen.add(said["jti"])
        self.refused += [name for name, is_wrong in wrong.items() if is_wrong]
        return not any(wrong.values())

    def signs_with_another_key(self) -> None:
        """Sign from now on with a key that is not published."""
        self.key = jwk.ECKey.generate_key("P-256", {"kid": "1"})


def unsigned(claims: Json) -> str:
    """Return a token of the algorithm «none»."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def serve(provider: Provider) -> HTTPServer:
    """Serve a provider on a free port of this machine, until `shutdown`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def _do(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, said = provider.answer(self.command, parts.path, parse_qs(parts.query), self.headers, body)
            self.send_response(status)
            if isinstance(said, str):
                self.send_header("Location", said)
                said = {}
            octets = json.dumps(said).encode()
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
