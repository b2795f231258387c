"""Keep a copy of the register of the keys of blind tokens, and say where it does not go on as it began. Standard library only.

    python watch_keys.py https://leeward.example keys.jsonl

Run it once a day. It ends with 0 where all is well, and with 1 and a sentence where somebody should look; then it keeps nothing
of what it was told. Two people who compare the last line of their copies know that they were told the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ORIGIN = hashlib.sha256(b"leeward register of blind keys 1").digest()
SILENCE_S = 20
NOT_CHAINED = {"previous", "digest", "record"}

type Line = dict[str, Any]


class Broken(Exception):
    """The register is not what it was, or not what it should be. Ask those who run the service, and others who keep a copy."""


def carried_on(copy: list[Line], read: Callable[[int], str]) -> list[Line]:
    """Return the lines that came after those of a copy. `read` gives the register after a number. Raises `Broken`."""
    # The last line is asked for once more: it must still be there, word by word.
    known, last = copy[:-1], copy[-1] if copy else None
    found: list[Line] = []
    while lines := [json.loads(line) for line in read(len(known) + len(found)).splitlines()]:
        for line in lines:
            check(line, [*known, *found])
            found.append(line)
    if last is not None and (not found or found[0]["digest"] != last["digest"]):
        raise Broken(f"Line {last['number']} is gone, or says something else than in the copy.")
    return found[1:] if last is not None else found


def check(line: Line, before: list[Line]) -> None:
    """Refuse a line that does not stand where it should. Raises `Broken`."""
    number, previous = len(before) + 1, octets(before[-1]["digest"]) if before else ORIGIN
    said = {name: value for name, value in line.items() if name not in NOT_CHAINED}
    written = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    if line["number"] != number or octets(line["previous"]) != previous:
        raise Broken(f"Line {number} does not follow the one before it.")
    if octets(line["digest"]) != hashlib.sha256(previous + written).digest():
        raise Broken(f"Line {number} has another digest than what it says.")
    if says(line) in map(says, before):
        raise Broken(f"Line {number} is a second key for the same age, level and week.")


def says(line: Line) -> tuple[Any, ...]:
    """Return what tokens of a key say, and from when on."""
    return tuple(line.get(name) for name in ("age_over", "age_under", "acr", "signs_from"))


def octets(text: str) -> bytes:
    """Read base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main(service: str, path: str) -> int:
    """Carry a copy on, and say how it went."""

    def read(after: int) -> str:
        address = f"{service.rstrip('/')}/age/blind/keys/log?after={after}"
        with urlopen(address, timeout=SILENCE_S) as answer:  # noqa: S310  # whoever runs it writes the address
            return str(answer.read().decode())

    file = Path(path)
    copy = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    try:
        new = carried_on(copy, read)
    except Broken as broken:
        sys.stderr.write(f"{broken}\n")
        return 1
    with file.open("a") as kept:
        kept.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in new)
    sys.stdout.write(f"{len(copy) + len(new)} lines, {len(new)} of them new.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
