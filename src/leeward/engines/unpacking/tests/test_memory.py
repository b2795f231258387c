"""A hostile archive cannot take more memory than is stated."""

import subprocess
import sys

import pytest

from leeward.engines.unpacking._limits import MEMORY_BYTES

# Each makes one archive in a child, which then counts how far its memory grows while the archive is looked into.
HOSTILE = {
    "largest members, one after the other": "packed.zipped({f'{n}': bytes(99_000_000) for n in range(3)}, method=0)",
    "largest members in the largest archive inside": (
        "packed.zipped({'in.zip': b'PK\\3\\4' + bytes(90_000_000) + "
        "packed.zipped({'a': bytes(99_000_000), 'b': bytes(99_000_000)})}, method=0)"
    ),
    "a member that never ends": "packed.bomb(300_000_000)",
    "a tar with the longest names": "packed.tarred({'n' * 900_000 + str(n): b'x' for n in range(20)})",
    "thousands of members": "packed.tarred({str(n): b'x' for n in range(9_000)}, mode='w:xz')",
    "xz with the largest dictionary": "lzma.compress(bytes(50_000_000), preset=9)",
}
CHILD = """
import lzma, resource, sys
from leeward.engines.unpacking import ArchiveRefused, members
from leeward.engines.unpacking.tests import packed
data = {hostile}
# What making it took is taken once more here, so only what comes on top is counted.
with open("/proc/self/clear_refs", "w") as peak:
    peak.write("5")
def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
before = status("VmRSS")
try:
    for member in members(data):
        pass
except ArchiveRefused as refused:
    print(refused.reason, file=sys.stderr)
print(status("VmHWM") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_memory_stays_below_what_is_stated(hostile: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD.format(hostile=hostile)], capture_output=True, text=True, check=True
    )

    assert int(done.stdout) < MEMORY_BYTES
