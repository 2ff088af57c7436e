"""From lanes.toml and prior.toml to the arrays that the core decides with.

Probabilities become log-odds here, once: the arrays go into the log as an artefact named by
its content, so that a replay takes these very numbers and never computes them again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.artefact import Policy, Prior, pack_artefact, unpack_artefact
from haechi.configs.port import choice, lane_numbers
from haechi.configs.tables import Table
from haechi.engine.codes import Directive, NodeKind, Overflow, Stage, Stream
from haechi.engine.errors import ConfigError
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.policy_table import LANES, POLICY, STAGES, TERM, Failing
from haechi.engine.queue import KEPT

__all__ = ["compile_policy", "compile_prior", "log_odds", "pack_artefact", "unpack_artefact"]

_EXPLORE_BY: Final = {"chance": 0, "novelty": 1}
_OVERFLOWS: Final = {overflow.name.lower(): overflow for overflow in Overflow}
_FAILINGS: Final = {failing.name.lower(): failing for failing in Failing if failing.name}
_YEAR_S: Final = 366 * 86400
_MOST_WAIT_MS: Final = 60_000
NODE_OF: Final = {"traveler": NodeKind.TRAVELER, "parcel": NodeKind.PARCEL}
"""Kinds of subject by the word that people use."""

_STREAMS: Final = {stream.name.lower(): stream for stream in Stream}
_DIRECTIVES: Final = {directive.name: directive for directive in Directive}
STAGES_OF: Final = {
    NodeKind.TRAVELER: tuple(stage for stage in Stage if stage <= Stage.EXIT),
    NodeKind.PARCEL: tuple(stage for stage in Stage if stage > Stage.EXIT),
}
"""Stages of each kind of subject, in their order."""


def log_odds(probability: float) -> float:
    """Log-odds of a probability strictly between 0 and 1."""
    return math.log(probability / (1.0 - probability))


def compile_policy(lanes_toml: str) -> tuple[Policy, NDArray[np.int64]]:
    """Compile lanes.toml.

    Parameters
    ----------
    lanes_toml
        The file's text.

    Returns
    -------
    The policy, and the number of the first lane of each kind of subject, int64, shape (3,),
    by NodeKind. A lane or stage that is not in the file stays unknown: it refers.

    Raises
    ------
    ConfigError
        Naming the key's path, its value and what it must be.
    """
    root = Table.parse(lanes_toml, "lanes.toml")
    numbers = lane_numbers(root)
    defaults = {NODE_OF[name]: dict(table.values) for name, table in _defaults(root)}
    policy = np.zeros((LANES, STAGES), POLICY)
    default_lane = np.zeros(3, np.int64)
    served_by: dict[str, int] = {}
    for name, lane in root.named("lane"):
        lane.whole("id", 1, LANES - 1)
        of = choice(lane, "of", NODE_OF)
        if default_lane[of] == 0:
            default_lane[of] = numbers[name]
        officers = lane.text("officers") if lane.has("officers") else name
        policy[numbers[name]]["queue"] = served_by.setdefault(officers, numbers[name])
        stages = lane.table("stage")
        for word in stages.values:
            stage = Stage.__members__.get(word)
            if stage not in STAGES_OF[of]:
                known = ", ".join(one.name for one in STAGES_OF[of])
                raise ConfigError(f"{stages.at(word)} is no stage of a {of.name.lower()}: {known}")
            own = stages.table(word)
            _fill(policy[numbers[name], stage], _merged(defaults[of], own), numbers)
        lane.finish()
    root.finish()
    for of in NODE_OF.values():
        if default_lane[of] == 0:
            raise ConfigError(f"lanes.toml: no lane is of a {of.name.lower()}; add one")
    return policy, default_lane


def _defaults(root: Table) -> Iterator[tuple[str, Table]]:
    """Yield both tables of defaults, each checked by itself, so that errors name the right one."""
    tables = root.table("default")
    for name in NODE_OF:
        table = tables.table(name)
        _fill(np.zeros((), POLICY), table, {})
        yield name, table
    tables.finish()


def _merged(defaults: Mapping[str, Any], own: Table) -> Table:
    """Lay a stage's settings over its kind's defaults; directives are replaced one by one."""
    merged = {**defaults, **own.values}
    if own.has("check"):
        merged["check"] = {**defaults["check"], **own.table("check").values}
    return Table(merged, own.path)


def _fill(rule: Any, table: Table, lanes: Mapping[str, int]) -> None:
    """Write one lane's settings at one stage into its ``POLICY`` record."""
    refer_at = _probability(table, "refer_at")
    hold_at = _probability(table, "hold_at")
    if hold_at < refer_at:
        raise table.wrong("hold_at", f"it must not lie below refer_at, {refer_at:g}")
    explore = table.number("explore")
    if not 0.0 <= explore < 1.0:
        raise table.wrong("explore", "it must be a share from 0 to less than 1")
    hold_rate = table.number("hold_rate")
    if not 0.0 <= hold_rate < 1.0:
        raise table.wrong("hold_rate", "it must be a share from 0 (none promised) to less than 1")
    by = table.text("explore_by")
    if by not in _EXPLORE_BY:
        raise table.wrong("explore_by", f"it must be one of {', '.join(_EXPLORE_BY)}")
    requires = 0
    for word in table.texts("requires"):
        if word not in _STREAMS:
            raise table.wrong("requires", f"{word!r} is no stream: {', '.join(_STREAMS)}")
        requires |= 1 << _STREAMS[word]
    check = table.table("check")
    for word in check.values:
        if word not in _STREAMS:
            raise ConfigError(f"{check.at(word)} is no stream: {', '.join(_STREAMS)}")
        rule["check"][_STREAMS[word]] = choice(check, word, _DIRECTIVES)
    if table.has("fast"):
        rule["fast"] = choice(table, "fast", lanes)
    _fill_queue(rule, table)
    rule["refer_at"] = log_odds(refer_at)
    rule["hold_at"] = log_odds(hold_at)
    rule["explore"] = explore
    rule["by_novelty"] = _EXPLORE_BY[by]
    rule["hold_rate"] = hold_rate
    rule["wait_us"] = table.whole("wait_ms", 0, _MOST_WAIT_MS) * 1000
    rule["review_us"] = table.whole("review_s", 1, _YEAR_S) * 1_000_000
    rule["valid_us"] = table.whole("valid_s", 1, _YEAR_S) * 1_000_000
    rule["acknowledge_us"] = table.whole("acknowledge_s", 0, _YEAR_S) * 1_000_000
    rule["fresh_us"] = table.whole("fresh_s", 0, _YEAR_S) * 1_000_000
    for word in table.texts("degraded"):
        if word not in _FAILINGS:
            raise table.wrong("degraded", f"{word!r} is none of {', '.join(_FAILINGS)}")
        rule["degraded"] |= int(_FAILINGS[word])
    if rule["degraded"] and not rule["fresh_us"]:
        raise table.wrong("degraded", "it needs a fresh_s: how old a release that stands in may be")
    rule["requires"] = requires
    rule["known"] = 1
    table.finish()


def _fill_queue(rule: Any, table: Table) -> None:
    """Write how long officers may take, and what becomes of what they cannot get to."""
    overflow = choice(table, "overflow", _OVERFLOWS)
    rule["window_us"] = table.whole("window_s", 0, _YEAR_S) * 1_000_000
    if overflow != Overflow.NONE and rule["window_us"] == 0:
        raise table.wrong("overflow", "it must be none where window_s is 0, where nobody waits")
    rule["overflow"] = overflow
    for word in table.texts("keep"):
        if _STREAMS.get(word) not in KEPT:
            known = ", ".join(stream.name.lower() for stream in KEPT)
            raise table.wrong("keep", f"{word!r} raises no alarm; those that do: {known}")
        rule["keep"] |= 1 << _STREAMS[word]


def _probability(table: Table, key: str) -> float:
    value = table.number(key)
    if not 0.0 < value < 1.0:
        raise table.wrong(key, "it must be a probability between 0 and 1, neither included")
    return value


def compile_prior(prior_toml: str) -> tuple[Prior, NDArray[np.float64]]:
    """Compile prior.toml.

    Parameters
    ----------
    prior_toml
        The file's text.

    Returns
    -------
    The terms, and the log-odds of a finding when nothing speaks for or against it, float64,
    shape (2,): parcels, then travelers.

    Raises
    ------
    ConfigError
        Naming the key's path, its value and what it must be.
    """
    root = Table.parse(prior_toml, "prior.toml")
    prior = np.zeros((2, len(FEATURES)), TERM)
    base = np.zeros(2)
    for row, of in enumerate(("parcel", "traveler")):
        section = root.table(of)
        base[row] = section.number("base")
        terms = section.table("term")
        for name in terms.values:
            _term(prior[row], of, name, terms)
        section.finish()
    root.finish()
    return prior, base


def _term(row: Prior, of: str, name: str, terms: Table) -> None:
    place = PLACE.get(name)
    if place is None or FEATURES[place].of not in (of, "both"):
        raise ConfigError(f"{terms.at(name)} is no feature of a {of}; see the feature table")
    if FEATURES[place].kind not in ("number", "flag"):
        raise ConfigError(f"{terms.at(name)} is a code; a term takes a number or a flag")
    term = terms.table(name)
    start, stop = term.number("from"), term.number("to")
    if start == stop:
        raise term.wrong("to", "it must differ from `from`")
    row[place]["log_odds"] = term.number("log_odds")
    row[place]["from_"] = start
    row[place]["to"] = stop
    row[place]["missing"] = term.number("missing") if term.has("missing") else 0.0
    row[place]["used"] = 1
    term.finish()
