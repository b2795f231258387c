"""Requests of DNS over HTTPS as values: one message or one status, whatever arrives."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from leeward.engines.dns import _requests
from leeward.engines.dns._requests import BadRequest, Request

METHODS = st.sampled_from(["GET", "POST", "PUT", "", "get"])
KINDS = st.lists(st.sampled_from([_requests.MEDIA, f"{_requests.MEDIA}; charset=x", "text/plain", ""]), max_size=2)


def outcome(request: Request) -> tuple[bytes, str] | int:
    """Return the message and the token, or the status of the refusal."""
    try:
        return _requests.read(request)
    except BadRequest as bad:
        return int(bad.status)


@given(METHODS, st.text(max_size=60), KINDS, st.binary(max_size=40))
def test_an_arbitrary_request_is_read_or_refused_with_a_status(
    method: str, target: str, kinds: list[str], body: bytes
) -> None:
    for place in (target, f"/dns-query{target}", f"/dns-query/ana?dns={target}"):
        found = outcome(Request(method, place, kinds, bytearray(body)))

        if isinstance(found, int):
            assert 400 <= found < 500
        else:
            assert method == "GET" or (method, found[0]) == ("POST", body)
            assert found[1] == found[1].lower()


@given(st.binary(max_size=600))
def test_a_message_in_an_address_comes_out_as_it_went_in(octets: bytes) -> None:
    text = base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")

    if text:  # An empty parameter is no parameter to those who read queries.
        assert _requests.read(Request("GET", f"/dns-query/ANA?dns={text}", [], bytearray())) == (octets, "ana")
