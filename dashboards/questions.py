"""Analysts' questions: one SQL file each, with a head that says what it answers and takes.

A head is comment lines: what the question answers, then a line for each parameter, such as
``-- param lane: only this lane (default all)``. The statement names its parameters as ClickHouse
does, ``{lane:String}``, and they travel beside it: no value can become SQL. A default in words
(``now``, ``24h`` for 24 hours ago, ``all`` for an empty text) is put into a value when it is asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from haechi.engine.errors import ConfigError

_FOLDER: Final = Path(__file__).with_name("sql")
_TYPED: Final = re.compile(r"\{(\w+):\s*([^{}]+?)\s*\}")
_PARAM: Final = re.compile(r"param (\w+): (.+) \(default (.*)\)")
_AGO: Final = re.compile(r"(\d{1,6})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_TIME: Final = "DateTime64"
_TEXT_MOST: Final = 1000
# As ClickHouse reads a value: tab-separated text, in which these have a meaning.
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a question takes.

    Parameters
    ----------
    name
        Its name.
    type
        ClickHouse's type.
    default
        Value where none is given, in the words of a caller; None if one must be given.
    about
        What it is.
    """

    name: str
    type: str
    default: str | None
    about: str

    def bind(self, given: str, now: datetime) -> str:
        """Check a value, and give it as the store reads it.

        Raises
        ------
        ConfigError
            If it is not of the parameter's type.
        """
        kind = self.type.partition("(")[0]
        return _time(self, given, now) if kind == _TIME else _READERS[kind](self, given)

    def wrong(self, given: str, remedy: str) -> ConfigError:
        """Tell that a value does not fit."""
        return ConfigError(f"parameter {self.name}: {given[:80]!r} is no {self.type}; {remedy}")


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Parameters
    ----------
    name
        Its file's name without ``.sql``.
    title
        What it answers, in a line.
    about
        What the title does not say, in some lines, or empty.
    parameters
        What it takes, in order.
    statement
        The SQL, without its head.
    """

    name: str
    title: str
    about: str
    parameters: tuple[Parameter, ...]
    statement: str

    def bind(self, given: Mapping[str, str], now: datetime | None = None) -> dict[str, str]:
        """Check what a caller gave, and complete it.

        Parameters
        ----------
        given
            Values by name, as people write them: ``lane=walk``, ``since=7d``.
        now
            The time that relative ones are counted from; this moment if not given.

        Returns
        -------
        A value for every parameter, as ClickHouse's HTTP interface takes them (``param_NAME``).

        Raises
        ------
        ConfigError
            If one is not known, missing or of another type.
        """
        known = {parameter.name for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise ConfigError(
                    f"{self.name} has no parameter {name!r}; give "
                    + (", ".join(sorted(known)) or "none")
                )
        now = datetime.now(UTC) if now is None else now
        bound = {}
        for parameter in self.parameters:
            value = given.get(parameter.name, parameter.default)
            if value is None:
                raise ConfigError(
                    f"{self.name} needs {parameter.name}: {parameter.about}; give it with "
                    f"--param {parameter.name}=VALUE"
                )
            bound[parameter.name] = parameter.bind(value, now)
        return bound


@cache
def questions() -> Mapping[str, Question]:
    """All questions by name, in alphabetical order.

    Raises
    ------
    ConfigError
        If a file has no head, or its head and its statement name other parameters.
    """
    paths = sorted(_FOLDER.glob("*.sql"))
    return {path.stem: parse(path.stem, path.read_text("utf-8")) for path in paths}


def question(name: str) -> Question:
    """One question.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    found = questions().get(name)
    if found is None:
        raise ConfigError(f"no question is called {name!r}; see: haechi query --list")
    return found


def parse(name: str, text: str) -> Question:
    """Read one file.

    Raises
    ------
    ConfigError
        If it has no head, or its head and its statement name other parameters.
    """
    lines = text.splitlines()
    size = next((at for at, line in enumerate(lines) if not line.startswith("--")), len(lines))
    head = [line.removeprefix("--").strip() for line in lines[:size]]
    statement = "\n".join(lines[size:]).strip()
    types: dict[str, str] = {}
    for typed, kind in _TYPED.findall(statement):
        if types.setdefault(typed, kind) != kind or kind.partition("(")[0] not in _KNOWN:
            raise ConfigError(f"{name}.sql: parameter {typed} is {kind}; give it one known type")
    words, parameters = [], []
    for line in head:
        if not line.startswith("param "):
            words.append(line)
            continue
        told = _PARAM.fullmatch(line)
        if told is None or told[1] not in types:
            raise ConfigError(f"{name}.sql: {line!r} fits no parameter of the statement")
        default = {"none": None, "all": ""}.get(told[3], told[3])
        parameters.append(Parameter(told[1], types[told[1]], default, told[2]))
    if not words or len(parameters) != len(types):
        raise ConfigError(f"{name}.sql: say what it answers, and tell about each parameter")
    return Question(name, words[0], " ".join(words[1:]), tuple(parameters), statement)


def _time(parameter: Parameter, given: str, now: datetime) -> str:
    ago = _AGO.fullmatch(given)
    try:
        if given == "now":
            when = now
        elif ago is not None:
            when = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        else:
            when = datetime.fromisoformat(given)
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise parameter.wrong(
            given,
            "give a time such as 2026-03-01T08:00 (UTC), now, or 24h, 7d, 90m for so long ago",
        ) from None
    if not 1971 <= when.year < 2200:
        raise parameter.wrong(given, "give one from 1971 to 2199")
    return when.strftime("%Y-%m-%d %H:%M:%S.%f")


def _number(parameter: Parameter, given: str) -> str:
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise parameter.wrong(given, "give a number such as 0.75")
    return repr(value)


def _whole(parameter: Parameter, given: str) -> str:
    most = 2 ** int(parameter.type.removeprefix("UInt")) - 1
    if not (given.isascii() and given.isdigit() and len(given) <= 20 and int(given) <= most):
        raise parameter.wrong(given, f"give a whole number from 0 to {most}")
    return str(int(given))


def _text(parameter: Parameter, given: str) -> str:
    if len(given) > _TEXT_MOST or "\0" in given:
        raise parameter.wrong(given, f"give at most {_TEXT_MOST} characters, none of them NUL")
    return given.translate(_ESCAPES)


_READERS: Final[Mapping[str, Callable[[Parameter, str], str]]] = {
    "Float64": _number,
    "UInt8": _whole,
    "UInt16": _whole,
    "UInt32": _whole,
    "UInt64": _whole,
    "String": _text,
}

_KNOWN: Final = {_TIME, *_READERS}
