"""Read small XML that a stranger sent: no document types, no entities, no depth, and never more than asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from leeward.exchange.shapes.values import Unreadable

DEPTH = 12
ELEMENTS = 200_000


@dataclass(slots=True)
class Element:
    """One element without its namespace."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text inside, without the space around it."""
        return "".join(self.parts).strip()

    def first(self, *names: str) -> Element | None:
        """Return the element at the end of a path of first children, or None."""
        here = self
        for name in names:
            found = next((child for child in here.children if child.name == name), None)
            if found is None:
                return None
            here = found
        return here


class _Builder:
    def __init__(self) -> None:
        self.root = Element("")
        self._open = [self.root]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > DEPTH or self._count > ELEMENTS:
            raise Unreadable("the XML is too deep or too long; send it in smaller parts")
        element = Element(name.rpartition(" ")[2], attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, name: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        self._open[-1].parts.append(text)


def _refuse(*_: object) -> None:
    raise Unreadable("the XML declares a document type; leave the declaration out")


def read(octets: bytes) -> Element:
    """Return the root of a document; raise `Unreadable` with the line and column."""
    builder, parser = _Builder(), expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, _refuse
    try:
        parser.Parse(octets, True)  # expat takes it by place only
    except (expat.ExpatError, LookupError, ValueError) as fault:
        if isinstance(fault, Unreadable):
            raise
        where = f"line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}"
        raise Unreadable(f"{where}: this is not well-formed XML; correct it there") from None
    return builder.root.children[0]
