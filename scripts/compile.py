"""Compile once what numba compiles, so that the first start does not wait for it. The results lie beside the sources."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from leeward.engines import hashing, matching

hashing.warm_up()
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "signs.seg"
    values = np.random.default_rng(1).integers(0, 256, (2_000, 32), dtype=np.uint8)
    none = np.empty((0, 16), dtype=np.uint8)
    matching.build(
        path,
        keys=np.arange(2_000),
        values=values,
        exact_keys=np.empty(0, dtype=np.int64),
        exact_values=none,
        position=1,
        mark=bytes(32),
    )
    index = matching.Index.open(path)
    index.publish(2_000, near=[bytes(32)], position=2)
    index.withdraw(1, position=3)
    index.write(path, mark=bytes(32))
    index.rebase(path)
    index.near_many(values[:20])
