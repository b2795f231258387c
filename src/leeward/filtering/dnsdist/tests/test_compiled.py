"""The straight way must become machine code; uncompiled it costs several times as much and nobody would see why."""

from __future__ import annotations

import re

from leeward.filtering.dnsdist import config

from .conftest import Tables
from .running import running

# Writes the function in which each finished trace began to a file.
HOOK = """
local util, out = require('jit.util'), io.open({path}, 'a')
jit.attach(function(what, _, func, place)
  if what == 'stop' and func then out:write(util.funcinfo(func, place).linedefined, '\\n') out:flush() end
end, 'trace')
"""


def test_the_straight_way_is_compiled(tables: Tables) -> None:
    path = tables.folder / "traces"
    script = config.script()
    main_line = script[: script.index("local function main(dq)")].count("\n") + 1
    # The hook comes after the first line of code, and its lines move the others.
    hook = HOOK.format(path=f'"{path}"')
    script = script.replace("local options = ...\n", f"local options = ...\n{hook}", 1)

    with running(tables.plane, script=script) as dnsdist:
        for number in range(300):
            dnsdist.ask(f"name{number}.example")
            dnsdist.ask(f"www.name{number}.example")

    begun = [int(line) for line in re.findall(r"\d+", path.read_text(encoding="utf-8"))]
    assert main_line + hook.count("\n") in begun
