"""One page has one spelling."""

import pickle
from urllib.parse import quote, unquote

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leeward.engines import urls
from leeward.engines.urls import NotAnAddress, Reason

SPELLINGS = [
    ("http://a.example", "http://a.example/"),
    ("HTTP://A.Example/Path", "http://a.example/Path"),
    ("  https://a.example/\n", "https://a.example/"),
    ("https://a.example:443/", "https://a.example/"),
    ("http://a.example:443/", "http://a.example:443/"),
    ("http://a.example:/", "http://a.example/"),
    ("http://a.example:00080/", "http://a.example/"),
    ("http://a.example./", "http://a.example/"),
    ("http://a.example/#part", "http://a.example/"),
    ("http://a.example#part?not-a-query", "http://a.example/"),
    ("http://a.example?", "http://a.example/"),
    ("http://a.example?q=1", "http://a.example/?q=1"),
    ("http://a.example/b/./c/../d", "http://a.example/b/d"),
    ("http://a.example/b/%2E%2e/d", "http://a.example/d"),
    ("http://a.example/../../d/..", "http://a.example/"),
    ("http://a.example/b/.", "http://a.example/b/"),
    ("http://a.example//b", "http://a.example//b"),
    ("http://a.example/%7eann/%c3%a9", "http://a.example/~ann/%C3%A9"),
    ("http://a.example/é", "http://a.example/%C3%A9"),
    ("http://a.example/b%2Fc", "http://a.example/b%2Fc"),
    ("http://a.example/100%", "http://a.example/100%25"),
    ("http://a.example/%%34%31", "http://a.example/%2541"),
    ("http://a.example/a b|c", "http://a.example/a%20b%7Cc"),
    ("http://a.example/?q=a b%3d'c'", "http://a.example/?q=a%20b%3D'c'"),
    ("http:\\\\a.example\\b?c\\d", "http://a.example/b?c%5Cd"),
    ("http://a.example\\@b.example/", "http://a.example/@b.example/"),
    ("http://BÜCHER.example/", "http://xn--bcher-kva.example/"),
    ("http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"),
    ("http://b%C3%BCcher.example/", "http://xn--bcher-kva.example/"),
    ("http://\uff41\u3002example/", "http://a.example/"),
    ("http://a\u00adb.example/", "http://ab.example/"),
    ("http://\N{SNOWMAN}.example/", "http://xn--n3h.example/"),
    ("http://my_page.example/", "http://my_page.example/"),
    ("http://192.0.2.1/", "http://192.0.2.1/"),
    ("http://3221225985/", "http://192.0.2.1/"),
    ("http://0xC0.0.2.1/", "http://192.0.2.1/"),
    ("http://0300.0.513/", "http://192.0.2.1/"),
    ("http://\uff11\uff12\uff17.1/", "http://127.0.0.1/"),
    ("http://[2001:DB8:0::1]:8080/", "http://[2001:db8::1]:8080/"),
    ("http://[::FFFF:192.0.2.1]/", "http://[::ffff:c000:201]/"),
]

REFUSED = [
    ("", Reason.EMPTY),
    (" \t", Reason.EMPTY),
    ("http://a.example/" + "b" * urls.URL_LENGTH, Reason.TOO_LONG),
    ("http://a.example/" + "é" * 1000, Reason.TOO_LONG),
    ("http://a.example/\x00b", Reason.CONTROL_CHARACTERS),
    ("http://a.ex\nample/", Reason.CONTROL_CHARACTERS),
    ("http://a.example/\ud800", Reason.CONTROL_CHARACTERS),
    ("a.example", Reason.SCHEME),
    ("http:a.example", Reason.SCHEME),
    ("ftp://a.example/", Reason.SCHEME),
    ("javascript:alert(1)", Reason.SCHEME),
    ("http?://a.example/", Reason.SCHEME),
    ("http://", Reason.HOST),
    ("http:///path", Reason.HOST),
    ("http://a..example/", Reason.HOST),
    ("http://.example/", Reason.HOST),
    ("http://a b.example/", Reason.HOST),
    ("http://a%00.example/", Reason.HOST),
    ("http://a%ff.example/", Reason.HOST),
    ("http://a%2fb.example/", Reason.HOST),
    ("http://a\N{ACCOUNT OF}b.example/", Reason.HOST),
    ("http://" + "a" * 64 + ".example/", Reason.HOST),
    ("http://" + "a." * 127 + "example/", Reason.HOST),
    ("http://xn--/", Reason.HOST),
    ("http://xn--abc-.example/", Reason.HOST),
    ("http://xn--é.example/", Reason.HOST),
    ("http://256.0.0.1/", Reason.HOST),
    ("http://1.2.3.4.5/", Reason.HOST),
    ("http://09.1/", Reason.HOST),
    ("http://a.1/", Reason.HOST),
    ("http://4294967296/", Reason.HOST),
    ("http://[::1/", Reason.HOST),
    ("http://[::1]x/", Reason.HOST),
    ("http://[fe80::1%25eth0]/", Reason.HOST),
    ("http://[192.0.2.1]/", Reason.HOST),
    ("http://a.example:0/", Reason.PORT),
    ("http://a.example:65536/", Reason.PORT),
    ("http://a.example:\uff18\uff10/", Reason.PORT),
    ("http://a.example:80:80/", Reason.PORT),
    ("http://ann@a.example/", Reason.USERINFO),
    ("http://ann:word@a.example/", Reason.USERINFO),
    ("http://a.example@/", Reason.USERINFO),
]


@pytest.mark.parametrize(("url", "expected"), SPELLINGS)
def test_every_spelling_of_a_page_becomes_one(url: str, expected: str) -> None:
    assert urls.canonical(url) == expected


@pytest.mark.parametrize(("url", "reason"), REFUSED)
def test_what_is_not_an_address_is_refused_with_its_reason(url: str, reason: Reason) -> None:
    with pytest.raises(NotAnAddress) as refused:
        urls.canonical(url)

    assert refused.value.reason is reason


@pytest.mark.parametrize("reason", list(Reason))
def test_a_refusal_says_what_to_do_and_survives_a_trip_to_a_worker(reason: Reason) -> None:
    refused = NotAnAddress(reason)

    assert str(refused).endswith(refused.next_step)
    assert str(pickle.loads(pickle.dumps(refused))) == str(refused)


def test_a_refusal_does_not_repeat_what_was_typed() -> None:
    with pytest.raises(NotAnAddress) as refused:
        urls.canonical("http://ann:made-up-word@a.example/")

    assert "made-up-word" not in f"{refused.value} {refused.value!r}"


HOSTS = st.one_of(
    st.sampled_from(["a.example", "Bücher.example", "192.0.2.1", "0x7f.1", "[::1]", "b%C3%BC.test", "xn--n3h.example"]),
    st.text(st.characters(exclude_characters="/?#@:\\[]"), min_size=1, max_size=12).map(lambda name: f"{name}.example"),
)
TAILS = st.text(st.one_of(st.sampled_from("/.%2eE?#é~ \\"), st.characters()), max_size=40)
ADDRESSES = st.builds("{}{}/{}".format, st.sampled_from(["http://", "HTTPS://", "http:\\\\"]), HOSTS, TAILS)


@given(st.one_of(st.text(), st.text().map("http://".__add__), ADDRESSES))
@example("http://xn--a-ecp.example/")
def test_arbitrary_text_is_settled_or_refused_by_name(text: str) -> None:
    try:
        settled = urls.canonical(text)
    except NotAnAddress:
        return

    assert urls.canonical(settled) == settled
    assert settled.isascii()
    assert len(settled) <= urls.URL_LENGTH
    assert urls.prefixes(settled) == urls.prefixes(text)
    assert urls.host_of(settled) == urls.host_of(text)
    assert urls.is_public(settled) == urls.is_public(text)


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=30))
def test_a_path_still_names_the_same_bytes(text: str) -> None:
    path = quote(text, safe="")
    if path in (".", ".."):
        return

    assert unquote(urls.canonical(f"http://a.example/{path}")) == f"http://a.example/{text}"


@given(st.lists(st.sampled_from(["", ".", "..", "b", "c", "%2e", "..."]), max_size=8))
def test_dots_are_resolved_as_the_standard_says_step_by_step(segments: list[str]) -> None:
    path = "/" + "/".join(segments)

    assert urls.canonical(f"http://a.example{path}") == f"http://a.example{_rfc3986_5_2_4(path.replace('%2e', '.'))}"


@given(st.text(st.characters(codec="utf-8", categories=("Ll", "Lo")), min_size=1, max_size=8))
def test_a_name_that_idna_2008_knows_is_encoded_as_it_says(label: str) -> None:
    try:
        expected = idna.encode(f"{label}.example", uts46=True).decode()
    except idna.IDNAError:
        return

    assert urls.host_of(f"http://{label}.example/") == expected


def _rfc3986_5_2_4(left: str) -> str:
    """Follow the five rules of the standard word by word: slow and obvious, to compare with."""
    done = ""
    while left:
        if left.startswith(("../", "./")):
            left = left.partition("/")[2]
        elif left.startswith("/./") or left == "/.":
            left = "/" + left[3:]
        elif left.startswith("/../") or left == "/..":
            left = "/" + left[4:]
            done = done[: max(done.rfind("/"), 0)]
        elif left in (".", ".."):
            left = ""
        else:
            end = left.find("/", 1)
            end = len(left) if end < 0 else end
            done, left = done + left[:end], left[end:]
    return done
