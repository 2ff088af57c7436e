"""What the monitor watches: monitor.toml as frozen dataclasses.

Classes of river are checked by name only, because importing river takes two seconds; the
monitor makes them (:mod:`haechi.streams.monitor.making`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from haechi.configs.policy import NODE_OF
from haechi.configs.port import choice, config_text
from haechi.configs.tables import Table
from haechi.engine.codes import NodeKind
from haechi.engine.errors import ConfigError
from haechi.engine.features import FEATURES

RESIDUAL: Final = "residual"
RANDOM_RESIDUAL: Final = "random_residual"
DECIDED: Final = "decided"
SHADOW: Final = "shadow"
"""Names of the engine's own models among those that are measured."""

At = Literal["answer", "first"]

_FILE: Final = "monitor.toml"
_CLASS: Final = re.compile(r"river(\.[a-z][a-z0-9_]*)+\.[A-Za-z]\w*")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Made:
    """An object of river, by its class.

    Parameters
    ----------
    name
        Dotted name of the class, below ``river.``.
    parameters
        Arguments by name; a value may be a :class:`Made` itself.
    path
        Where it stands in the file.
    """

    name: str
    parameters: tuple[tuple[str, Any], ...]
    path: str

    @property
    def short(self) -> str:
        """Name of the class alone, such as ADWIN."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that one detector watches.

    Parameters
    ----------
    name
        Name of the detector among others on the same thing.
    of
        Kind of subject.
    watched
        ``residual``, ``random_residual`` or a feature's name.
    at
        Which decisions a feature is read from.
    detector
        The detector.
    apart
        Values that must lie between two alarms.
    """

    name: str
    of: NodeKind
    watched: str
    at: At
    detector: Made
    apart: int


@dataclass(frozen=True, slots=True)
class Challenger:
    """A model beside the one that decides.

    Parameters
    ----------
    name
        Its name among those of its kind of subject.
    of
        Kind of subject.
    steps
        Transformers and, last, the classifier.
    features
        Names of what it sees.
    path
        Where it stands in the file.
    """

    name: str
    of: NodeKind
    steps: tuple[Made, ...]
    features: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class MonitorConfig:
    """A whole monitor.toml.

    Parameters
    ----------
    window
        Latest labels over which models are measured.
    kept
        Latest labels over which shares are estimated.
    every_labels, every_s
        How often figures are reported.
    backlog_rows
        Rows that wait for ClickHouse.
    drifts, challengers
        What watches, and what competes.
    digest
        SHA-256 of the text, hex: another file, another state.
    """

    window: int
    kept: int
    every_labels: int
    every_s: int
    backlog_rows: int
    drifts: tuple[Drift, ...]
    challengers: tuple[Challenger, ...]
    digest: str

    @classmethod
    def load(cls, folder: Path | None = None) -> MonitorConfig:
        """Read monitor.toml; the packaged one if the folder has none.

        Raises
        ------
        ConfigError
            If it cannot be read or used; the message names the key's path.
        """
        own = folder is not None and (folder / _FILE).exists()
        return cls.parse(config_text(_FILE, folder if own else None))

    @classmethod
    def parse(cls, text: str) -> MonitorConfig:
        """Make it of the file's text; raises ConfigError as :meth:`load` does."""
        root = Table.parse(text, _FILE)
        labels, report = root.table("labels"), root.table("report")
        config = cls(
            window=labels.whole("window", 10, 1_000_000),
            kept=labels.whole("kept", 10, 1_000_000),
            every_labels=report.whole("every_labels", 1, 1_000_000),
            every_s=report.whole("every_s", 1, 86_400),
            backlog_rows=report.whole("backlog_rows", 1, 1_000_000),
            drifts=tuple(_drifts(root)),
            challengers=tuple(_challengers(root)),
            digest=hashlib.sha256(text.encode()).hexdigest(),
        )
        for table in (labels, report, root):
            table.finish()
        return config


def _drifts(root: Table) -> Iterator[Drift]:
    seen: set[tuple[str, NodeKind, str]] = set()
    for table in root.listed("drift"):
        of = choice(table, "of", NODE_OF)
        detector = _made(table.table("detector"))
        name = _name(table) if table.has("name") else detector.short
        at: At = "answer"
        if table.has("at"):
            word = table.text("at")
            if word not in ("answer", "first"):
                raise table.wrong("at", 'it must be "answer" or "first"')
            at = "first" if word == "first" else "answer"
        apart = table.whole("apart", 0, 1_000_000_000)
        watched = table.texts("watch")
        if not watched:
            raise table.wrong("watch", "name at least one thing")
        for one in watched:
            if one not in (RESIDUAL, RANDOM_RESIDUAL):
                _feature(table, "watch", one, of)
            if (name, of, one) in seen:
                raise table.wrong("watch", f"{name} watches {one} already; give this one a name")
            seen.add((name, of, one))
            yield Drift(name, of, one, at, detector, apart)
        table.finish()


def _challengers(root: Table) -> Iterator[Challenger]:
    seen: set[tuple[str, NodeKind]] = set()
    for table in root.listed("challenger"):
        of, name = choice(table, "of", NODE_OF), _name(table)
        if name in (DECIDED, SHADOW) or (name, of) in seen:
            raise table.wrong("name", "a model has that name already; give each its own")
        seen.add((name, of))
        features = table.texts("features") if table.has("features") else _numbers(of)
        for one in features:
            _feature(table, "features", one, of)
        if not features:
            raise table.wrong("features", "name at least one, or leave the key out for all")
        steps = tuple(_made(step) for step in table.listed("steps"))
        if not steps:
            raise table.wrong("steps", 'give at least one, such as [{ class = "river..." }]')
        yield Challenger(name, of, steps, features, table.path)
        table.finish()


def _name(table: Table) -> str:
    name = table.text("name")
    if not _NAME.fullmatch(name):
        raise table.wrong("name", "use at most 64 letters, digits, points, - and _")
    return name


def _numbers(of: NodeKind) -> tuple[str, ...]:
    """Features of a kind of subject that are no codes and no tokens."""
    ours = (of.name.lower(), "both")
    return tuple(f.name for f in FEATURES if f.of in ours and f.kind in ("number", "flag"))


def _feature(table: Table, key: str, name: str, of: NodeKind) -> None:
    if name not in _numbers(of):
        remedy = f"{name!r} is no number or flag of a {of.name.lower()}; see the feature table"
        raise table.wrong(key, remedy)


def _made(table: Table) -> Made:
    name = table.text("class")
    if not _CLASS.fullmatch(name):
        raise table.wrong("class", "only classes below river. are made, such as river.drift.ADWIN")
    given = [(key, value) for key, value in table.values.items() if key != "class"]
    return Made(name, tuple((key, _value(table, key, value)) for key, value in given), table.path)


def _value(table: Table, key: str, value: object) -> Any:
    """Give a parameter's value; tables are objects of river too."""
    if isinstance(value, dict):
        return _made(table.table(key))
    if isinstance(value, list):
        path = table.at(key)
        return [_value(Table({key: one}, path), key, one) for one in value]
    if isinstance(value, bool | int | float | str):
        return value
    raise ConfigError(f"{table.at(key)} is {value!r}; give a number, a word, true or false")
