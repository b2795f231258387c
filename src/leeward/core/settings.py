"""Read typed settings from the environment: each has a unit, a default and a help text, and a wrong value refuses to start."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "LEEWARD_"
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class WrongSetting(Exception):
    """A setting cannot be read. The message names it and says what a right value looks like; correct it and start again."""


@dataclass(frozen=True)
class Described:
    """One setting as the operator page shows it; `shown` is the value in force, or «set» for a secret."""

    name: str
    unit: str
    default: str
    help: str
    shown: str


def option(default: Any, *, help: str, unit: str = "", secret: bool = False, made: bool = False) -> Any:
    """Declare a field of a settings section; `unit` is a word such as `s`, `bytes`, `path`; `made`: made at first start."""
    return dataclasses.field(default=default, metadata={"help": help, "unit": unit, "secret": secret, "made": made})


def _boolean(text: str) -> bool:
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise ValueError


def _whole(text: str) -> int:
    if (number := int(text)) < 0:
        raise ValueError
    return number


def _number(text: str) -> float:
    if not 0 <= (number := float(text)) < math.inf:  # «nan» and «inf» are numbers to `float`.
        raise ValueError
    return number


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "bool": (_boolean, "true or false"),
    "int": (_whole, "a whole number, 0 or more"),
    "float": (_number, "a number, 0 or more"),
    "str": (str, "a text"),
    "Path": (Path, "a path"),
    "tuple[str, ...]": (_words, "words with commas between them"),
}


def _raw(name: str, environ: Mapping[str, str]) -> str | None:
    """Return the text of a setting from NAME or from the file that NAME_FILE names."""
    if name in environ:
        return environ[name]
    path = environ.get(f"{name}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise WrongSetting(f"{name}_FILE: the file cannot be read ({error.strerror}); correct the path") from None
    except UnicodeDecodeError:
        raise WrongSetting(f"{name}_FILE: the file holds no text; write the value there in UTF-8") from None


def read[Section](section: type[Section], environ: Mapping[str, str]) -> Section:
    """Return the section with every field read from `environ`; raise `WrongSetting` naming the first bad one."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(section):  # type: ignore[arg-type]  # every section is a dataclass
        name = PREFIX + field.name.upper()
        raw = _raw(name, environ)
        if raw is None:
            continue
        reader, wanted = _READERS[str(field.type)]
        try:
            values[field.name] = reader(raw)
        except ValueError:
            unit = field.metadata["unit"]
            raise WrongSetting(
                f"{name} must be {wanted}{f' ({unit})' if unit else ''}; correct it and start again"
            ) from None
    return section(**values)


def unknown(sections: list[type[Any]], environ: Mapping[str, str]) -> list[str]:
    """Return the names in `environ` that look like ours and belong to no section, so that a typing error is seen."""
    known = {PREFIX + field.name.upper() for section in sections for field in dataclasses.fields(section)}
    ours = {name for name in environ if name.startswith(PREFIX)}
    return sorted(name for name in ours if name.removesuffix("_FILE") not in known and name not in known)


def describe(section: Any) -> Iterator[Described]:
    """Yield what the operator page and `docs/operator/settings.md` say of each field of a section in force."""
    for field in dataclasses.fields(section):
        value, default = getattr(section, field.name), field.default
        secret = field.metadata["secret"]
        yield Described(
            name=PREFIX + field.name.upper(),
            unit=field.metadata["unit"],
            default="(made at first start)" if field.metadata["made"] else _text(default),
            help=field.metadata["help"],
            shown=("set" if value else "not set") if secret else _text(value),
        )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, tuple) else str(value)
