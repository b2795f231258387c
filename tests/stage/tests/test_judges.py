"""What dig prints is read as it is meant."""

from __future__ import annotations

from tests.stage.judges import Dug, read_dig

_BLOCKED = """
; <<>> DiG 9.18.33 <<>> @127.0.0.1 -p 5300 bad.example A
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
;; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232
; EDE: 15 (Blocked): (explained at the door)
;; QUESTION SECTION:
;bad.example.			IN	A

;; ANSWER SECTION:
bad.example.		5	IN	A	127.0.0.1
bad.example.		5	IN	TXT	"two words"

;; Query time: 0 msec
"""


def test_status_answers_and_extended_errors_are_read() -> None:
    assert read_dig(_BLOCKED) == Dug("NOERROR", ("127.0.0.1", '"two words"'), ((15, "explained at the door"),))


def test_an_extended_error_without_words_is_read() -> None:
    assert read_dig(";; status: SERVFAIL\n; EDE: 14 (Not Ready)\n") == Dug("SERVFAIL", (), ((14, ""),))


def test_silence_is_no_answer() -> None:
    assert read_dig(";; communications error to 127.0.0.1#5300: timed out\n").status == "no answer"
