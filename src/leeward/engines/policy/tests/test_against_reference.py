"""Whatever is done in whatever order, the table answers as the slow, obvious reference does."""

import pathlib
import tempfile

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from leeward.engines.policy import Entry, NeverBlocked, PublicSuffix, Reader, Reason, Writer
from leeward.engines.policy._reference import Reference

HELPLINE = frozenset({"help.c.example"})
LABELS = st.sampled_from(["a", "b", "c", "help", "ü"])
NAMES = st.lists(LABELS, max_size=3).map(lambda labels: ".".join([*labels, "example"]))
SIGNS = st.integers(0, 4)
ENTRIES = st.builds(Entry, name=NAMES, reason=st.sampled_from(Reason), sign=SIGNS)


class TableEqualsReference(RuleBasedStateMachine):
    """Do everything to a table and to the reference; ask both."""

    @initialize(entries=st.lists(ENTRIES, max_size=5))
    def compile(self, entries: list[Entry]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name) / "names.table"
        self.reference = Reference()
        allowed = [entry for entry in entries if self.reference_takes(entry)]
        self.writer = Writer.create(self.path, allowed, position=0, never_block=HELPLINE)
        self.reader = Reader.open(self.path)
        self.fillers = 0
        self.moves = 0

    def reference_takes(self, entry: Entry) -> bool:
        try:
            self.reference.block(entry, never_block=HELPLINE)
        except (NeverBlocked, PublicSuffix):
            return False
        return True

    def writer_takes(self, entry: Entry) -> bool:
        try:
            self.writer.block(entry, never_block=HELPLINE)
        except (NeverBlocked, PublicSuffix):
            return False
        return True

    @rule(entry=ENTRIES)
    def block(self, entry: Entry) -> None:
        assert self.writer_takes(entry) == self.reference_takes(entry)

    @rule(sign=SIGNS)
    def unblock(self, sign: int) -> None:
        assert self.writer.unblock(sign) == self.reference.unblock(sign)

    @rule(name=NAMES.filter("example".__ne__))
    def lift(self, name: str) -> None:
        protected = frozenset({name})
        assert self.writer.lift(protected) == self.reference.lift(protected)

    @rule()
    def open_again(self) -> None:
        self.writer.close()
        self.writer = Writer.open(self.path)

    @precondition(lambda self: self.moves < 2)
    @rule()
    def fill_until_the_table_moves(self) -> None:
        self.moves += 1
        size = self.path.stat().st_size
        while self.path.stat().st_size == size:
            self.fillers += 1
            filler = Entry(name=f"n{self.fillers}.filler.example", reason=Reason.filtered, sign=99)
            self.writer.block(filler, never_block=HELPLINE)

    @rule(name=NAMES)
    def ask(self, name: str) -> None:
        assert self.reader.decide(name) == self.reference.decide(name)
        assert Reader.open(self.path).decide(name) == self.reference.decide(name)

    @invariant()
    def everything_above_and_below_agrees(self) -> None:
        for name in ("a.example", "b.a.example", "c.example", "help.c.example", "xn--tda.b.example"):
            assert self.reader.decide(name) == self.reference.decide(name)

    def teardown(self) -> None:
        if hasattr(self, "writer"):
            self.writer.close()
            self.folder.cleanup()


TableEqualsReference.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestTableEqualsReference = TableEqualsReference.TestCase
