"""Measure what the families' policy costs inside dnsdist: the same dnsdist with it, without, and with its own stores.

Usage: benchmarks/filter.py [--json] [--full] [--names 1000000] [--subscribers 100000] [--slices 20]
All answer from their warm caches on one core; the questions come from the other one, each from the address of a subscriber
drawn at random, one name in ten of them listed. Slices alternate; the figure is the processor time that a question takes,
from /proc, and the ratio is the median over slices that follow each other. «Stock» are the rules of dnsdist's key-value
stores with the same names and masks, without windows, own names or tokens. `--full` takes 5,000,000 names. Linux, two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dns_servers import Server, dnsdist, plane_of, stock_rules
from dns_stage import (
    Backend,
    Figure,
    Slices,
    Tables,
    make_load,
    measure,
    names,
    note,
    tell,
    warm,
    write_tables,
)

GOALS = {1_000_000: 0.85, 5_000_000: 0.80}
STOCK_GOAL = 1.25


@contextlib.contextmanager
def servers(folder: Path, *, backend: Backend, core: int, stock: str) -> Iterator[dict[str, Server]]:
    """Run dnsdist without a policy, with ours, and with its own stores."""
    made = {}
    try:
        for name, more in (("unfiltered", ""), ("policy", ""), ("stock", stock)):
            plane = plane_of(folder, name=name, backend=backend.port, filters=name == "policy")
            made[name] = dnsdist(plane, core=core, more=more)
        for server in made.values():
            server.ready()
        yield made
    finally:
        for server in made.values():
            server.stop()


def run(*, count: int, subscribers: int, slices: int) -> list[Figure]:
    """Return the figures for one size."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="leeward-filter-") as made_folder:
        folder = Path(made_folder)
        listed = names(count, start=0)
        tables = write_tables(folder, listed=listed, subscribers=subscribers)
        note(f"{count:,} names in {tables.names_s:.1f} s, {subscribers:,} profiles in {tables.subscribers_s:.1f} s")
        stock = stock_rules(folder, listed=listed, bits=tables.bits, masks=tables.masks)
        load = make_load(listed=listed, subscribers=subscribers)
        octets = (folder / "family" / "names.tbl").stat().st_size / count
        del listed
        os.sched_setaffinity(0, {cores[-1]})
        backend = Backend()
        with servers(folder, backend=backend, core=cores[0], stock=stock) as made:
            for name, server in made.items():
                note(f"{name}: cache warm after {warm(server.port, load):.0f} s")
            measure(made, load, slices=2)
            before = backend.asked
            found = measure(made, load, slices=slices)
            note(f"{backend.asked - before} questions went past the caches while measuring")
            memory = {name: server.memory_mib() for name, server in made.items()}
        os.sched_setaffinity(0, set(cores))
    label = f"{count // 1_000_000}m" if count >= 1_000_000 else str(count)
    return list(_figures(found, memory, tables, count=count, octets=octets, label=label))


def _figures(
    found: Slices, memory: dict[str, float], tables: Tables, *, count: int, octets: float, label: str
) -> Iterator[Figure]:
    plain, stock = (_ratio(found, other) for other in ("unfiltered", "stock"))
    yield Figure(
        f"filter.ratio_{label}", plain, "unfiltered/policy", True, GOALS.get(count), "dnsdist unfiltered", plain
    )
    yield Figure(
        f"filter.times_stock_{label}", stock, "stock/policy", True, STOCK_GOAL, "dnsdist key-value stores", stock
    )
    for name, slices in found.items():
        yield Figure(f"filter.{name}_us_{label}", statistics.median(one[0] for one in slices), "us/query", False)
        yield Figure(f"filter.{name}_rate_{label}", statistics.median(one[1] for one in slices), "queries/s", True)
        yield Figure(f"filter.{name}_memory_{label}", memory[name], "MiB", False)
    yield Figure(f"filter.compile_{label}", tables.names_s, "s", False, 30.0 if count == max(GOALS) else None)
    yield Figure(f"filter.octets_a_name_{label}", octets, "octets", False, 80.0)


def _ratio(found: Slices, other: str) -> float:
    ratios = sorted(theirs[0] / ours[0] for theirs, ours in zip(found[other], found["policy"], strict=True))
    note(f"{other}/policy of the pairs: " + " ".join(f"{ratio:.2f}" for ratio in ratios))
    return statistics.median(ratios)


def main(argv: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="5,000,000 names")
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--slices", type=int, default=20, help="turns of a second for each")
    options = parser.parse_args(argv)
    for program in ("dnsdist", "taskset"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing; sudo apt-get install dnsdist util-linux")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("two cores are needed: one for dnsdist, one for the questions")
    count = 5_000_000 if options.full else options.names
    tell(run(count=count, subscribers=options.subscribers, slices=options.slices), as_json=options.json)


if __name__ == "__main__":
    main(sys.argv[1:])
