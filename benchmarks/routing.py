"""Measure the routing engine on one core: plans a second by each shipped rule set, and how long reading a set takes.

Usage: benchmarks/routing.py [--json] [--seconds 3]
A plan is made when a case is opened, when it is decided, and for every case of a dry run, so the rate says how many cases
a new rule set can be tried on while somebody waits. Facts are drawn with a fixed seed, every word of them as likely.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

from leeward.engines import routing
from leeward.engines.routing import Facts, Hosted, RuleSet

RULE_SETS = Path(__file__).parents[1] / "src" / "leeward" / "cases" / "rulesets"
COUNTRIES = {"general": ["JP"], "mongolia": ["MN"], "eu": ["DE", "FR", "IT", "NL", "BG"], "uk": ["GB"], "us": ["US"]}
GOAL_PER_S = 10_000.0  # a dry run of 10,000 cases in a second
DRAWN = 2_000

Figure = dict[str, object]


def figure(name: str, value: float, unit: str, *, higher: bool = True, goal: float | None = None) -> Figure:
    """Return one figure; there is no peer, since none of the desks compared routes to bodies outside."""
    row: Figure = {"name": f"routing.{name}", "value": round(value, 3), "unit": unit, "higher_is_better": higher}
    return row | {"goal": goal, "peer": None, "ratio": None}


def drawn(countries: list[str]) -> list[Facts]:
    """Draw cases with a fixed seed."""
    chance = random.Random(5)
    natures, categories = ["", *sorted(routing.NATURES)], ["", *sorted(routing.CATEGORIES)]

    def flag() -> bool:
        return chance.random() < 0.5

    return [
        Facts(
            nature=chance.choice(natures),
            category=chance.choice(categories),
            severity=chance.randrange(4),
            is_illegal=flag(),
            is_danger=flag(),
            is_danger_confirmed=flag(),
            hosted=chance.choice(list(Hosted)),
            jurisdiction=chance.choice(countries),
            reporter_is_child=flag(),
            victim_is_minor=flag(),
        )
        for _ in range(DRAWN)
    ]


def measured(name: str, *, seconds: float) -> Iterator[Figure]:
    """Yield the figures of one rule set. Seconds of the processor, since the machine is shared."""
    text = (RULE_SETS / f"{name}.toml").read_text(encoding="utf-8")
    begun = time.process_time()
    rule_set = RuleSet.from_dict(tomllib.loads(text))
    reading_s = time.process_time() - begun
    count, begun = 0, time.process_time()
    for facts in itertools.cycle(drawn(COUNTRIES[name])):
        routing.plan(facts, rule_set.rules, rule_set.bodies)
        count += 1
        if time.process_time() - begun > seconds:
            break
    yield figure(f"plans.{name}", count / (time.process_time() - begun), "1/s", goal=GOAL_PER_S)
    yield figure(f"reading.{name}", 1000 * reading_s, "ms", higher=False)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=3, help="for each rule set")
    options = parser.parse_args()
    for name in COUNTRIES:
        for row in measured(name, seconds=options.seconds):
            print(
                json.dumps(row) if options.json else f"{row['name']!s:30} {row['value']:>12} {row['unit']}", flush=True
            )


if __name__ == "__main__":
    main()
