"""A hasher that is installed is loaded, and one that does not load is named."""

import sys
from pathlib import Path

import pytest

from leeward.engines.hashing import HASHERS_GROUP, Hasher, HasherDidNotLoad, PdqHasher, load_hashers

LENGTH_HASHER = """
class LengthHasher:
    name = "length"

    def value_of(self, data):
        return str(len(data))

    def examples(self):
        return ()
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *, entry: str, module: str) -> None:
    """Put a package with one entry point on the path, as an installer would."""
    (folder / "made_up_hasher.py").write_text(module)
    metadata = folder / "made_up_hasher-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-hasher\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{HASHERS_GROUP}]\n{entry}\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "made_up_hasher", raising=False)


def check_slot(hasher: Hasher) -> None:
    """Check what every hasher must keep."""
    examples = hasher.examples()
    assert examples
    for example in examples:
        assert hasher.value_of(example.data) == example.value


def test_our_own_hasher_keeps_what_the_slot_asks() -> None:
    hasher: Hasher = PdqHasher()

    check_slot(hasher)


def test_an_installed_hasher_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, entry="length = made_up_hasher:LengthHasher", module=LENGTH_HASHER)

    assert load_hashers()["length"].value_of(b"four") == "4"


@pytest.mark.parametrize(
    ("entry", "module", "problem"),
    [
        ("length = made_up_hasher:LengthHasher", "import a_module_that_is_not_there", "ModuleNotFoundError"),
        ("length = made_up_hasher:LengthHasher", "raise RuntimeError", "RuntimeError"),
        ("length = made_up_hasher:Absent", LENGTH_HASHER, "AttributeError"),
        ("length = made_up_hasher:LengthHasher", "LengthHasher = object", "it has no name"),
        ("size = made_up_hasher:LengthHasher", LENGTH_HASHER, "another name"),
        ("length = made_up_hasher:LengthHasher\nlength = made_up_hasher:X", LENGTH_HASHER, "taken twice"),
    ],
)
def test_a_hasher_that_does_not_load_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, module: str, problem: str
) -> None:
    install(tmp_path, monkeypatch, entry=entry, module=module)

    with pytest.raises(HasherDidNotLoad, match=problem) as failure:
        load_hashers()

    assert "made_up_hasher" in str(failure.value)
