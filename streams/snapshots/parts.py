"""What was rebuilt from a log, as named arrays and plain facts, and whole again.

Arrays that grow are cut to the rows that count; how many places they had is kept beside, so that
what is put together again grows when the other would have. Everything is tokens, numbers and
codes: no name, no message and no key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from haechi.engine.kernel import Array
from haechi.operators.governance import RULES, ModelRole, Said
from haechi.operators.shard import Shard
from haechi.operators.state import INDEXES, TABLES, WHOLES, State, new_state
from haechi.operators.window import SEEN, IdWindow, Remembered
from haechi.rpc.v1 import governance_pb2
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.name_recovery import LISTED
from haechi.streams.rebuilt import Rebuilt
from haechi.streams.replay import Replayed
from haechi.streams.start import settings_of
from haechi.streams.task_book import STANDS

_SINCE: Final = np.dtype([("since_us", "<i8"), ("taken_at", "<i8")])


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that :class:`~haechi.streams.rebuilt.Rebuilt` holds.

    Parameters
    ----------
    arrays
        By name; of a table only the rows that count.
    places
        Rows that each array has room for.
    facts
        The rest, as JSON has it.
    """

    arrays: dict[str, Array]
    places: dict[str, int]
    facts: dict[str, Any]


def layout() -> dict[str, Array]:
    """An empty array of the sort that each name stands for: its kind of record and its shape."""
    state = new_state(1)
    return {
        **{name: getattr(state, name) for name in (*TABLES, *INDEXES, *WHOLES)},
        "rule_packs": state.rules.packs,
        "ids_young": np.zeros(0, SEEN),
        "ids_old": np.zeros(0, SEEN),
        "tasks": np.zeros(0, STANDS),
        "tasks_since": np.zeros(0, _SINCE),
        "listed": np.zeros(0, LISTED),
        "trust_changed": np.zeros(0, np.int64),
    }


def take_apart(rebuilt: Rebuilt) -> Parts:
    """Lay out what was rebuilt; big arrays are its own, so nothing may change them meanwhile."""
    shard, state = rebuilt.shard, rebuilt.shard.state
    ids = rebuilt.window.remembered()
    tasks = rebuilt.tasks.tasks()
    whole = {name: getattr(state, name) for name in (*INDEXES, *WHOLES)} | {
        "rule_packs": state.rules.packs,
        "ids_young": ids.young,
        "ids_old": ids.old,
        "tasks": np.array([task.decision for task in tasks], STANDS),
        "tasks_since": np.array([(task.since_us, task.taken_at) for task in tasks], _SINCE),
        "listed": rebuilt.listed.rows(),
        "trust_changed": np.array(sorted(shard.trust_changed), np.int64),
    }
    used = {name: int(state.counters[count]) for name, count in TABLES.items()}
    arrays = {name: getattr(state, name)[:rows] for name, rows in used.items()} | whole
    places = {name: len(array) for name, array in whole.items()}
    places |= {name: len(getattr(state, name)) for name in TABLES}
    return Parts(arrays, places, _facts(rebuilt, ids))


def _facts(rebuilt: Rebuilt, ids: Remembered) -> dict[str, Any]:
    shard, replayed = rebuilt.shard, rebuilt.replayed
    assert replayed.started is not None, "a log begins with a start of the engine"
    return {
        "last_stamp_us": rebuilt.last_stamp_us,
        "started": replayed.started.SerializeToString(deterministic=True).hex(),
        "other_builds": replayed.other_builds,
        "ids": {"ids": ids.ids, "since_us": ids.since_us},
        # By when they were made, as they are said again.
        "proposals": sorted(
            ([since_us, *what[:2], what[2].hex(), approver])
            for what, (approver, since_us) in shard.promotions.waiting(0).items()
        ),
        "promoted": [
            [offset, said.node, said.role, said.name, said.approver]
            for offset, said in sorted(shard.promoted.items())
        ],
    }


def put_together(parts: Parts, offset: int, artefacts: Artefacts, window_us: int) -> Rebuilt:
    """Make what :func:`take_apart` took apart.

    Parameters
    ----------
    parts
        The parts; arrays at their full length. They are the new one's own from now on.
    offset
        Offset of the first event that they have not seen.
    artefacts
        What the log names by content: policy, models' settings, rules.
    window_us
        How long ids are remembered.

    Raises
    ------
    LogCorrupt
        If an artefact is gone.
    """
    facts, arrays = parts.facts, dict(parts.arrays)
    window = IdWindow(window_us)
    window.put_back(Remembered(arrays.pop("ids_young"), arrays.pop("ids_old"), **facts["ids"]))
    started = governance_pb2.EngineStarted.FromString(bytes.fromhex(facts["started"]))
    rebuilt = Rebuilt(
        _shard(arrays, facts, started, artefacts),
        window,
        last_stamp_us=facts["last_stamp_us"],
        replayed=Replayed(offset, other_builds=dict(facts["other_builds"]), started=started),
    )
    rebuilt.listed.put_back(arrays["listed"])
    rebuilt.tasks.put_back(arrays["tasks"], arrays["tasks_since"].tolist())
    return rebuilt


def _shard(
    arrays: dict[str, Array],
    facts: dict[str, Any],
    started: governance_pb2.EngineStarted,
    artefacts: Artefacts,
) -> Shard:
    shard = Shard(1)
    shard.promotions.artefacts = artefacts
    # Also what is no array: with which settings the models learn.
    shard.configure(settings_of(started, artefacts))
    shard.trust_changed = set(arrays["trust_changed"].tolist())
    for since_us, node, role, name, approver in facts["proposals"]:
        shard.promotions.take(Said(node, role, bytes.fromhex(name), approver), since_us)
    rules: dict[ModelRole, tuple[int, Said]] = {}
    for offset, node, role, name, approver in facts["promoted"]:
        said = shard.promoted[offset] = Said(node, role, bytes.fromhex(name), approver)
        if node == RULES:
            rules[ModelRole(role)] = offset, said
    for in_force, (offset, said) in rules.items():
        shard.put_rules(shard.promotions.rules(said, offset), in_force, said.artefact)
    shard.state = _state(shard.state, arrays)
    return shard


def _state(fresh: State, arrays: dict[str, Array]) -> State:
    # What campaigns used of their quotas is state; the rest of the rules is not.
    fresh.rules.packs[...] = arrays["rule_packs"]
    return fresh._replace(**{name: arrays[name] for name in (*TABLES, *INDEXES, *WHOLES)})
