"""Keyed joins that a user would pick instead: a plain dict, Bytewax's operator, and Pathway.

Each is given four streams of (key, value), and tells for every key the four values, once all came.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

STREAMS: Final = 4

Told = tuple[int, str, int]
"""Which stream, the key, the value."""

Joined = dict[str, tuple[int, ...]]
"""Values by stream, of every key that is complete."""

_PATIENCE_S: Final = 120.0


def join_dicts(told: Iterable[Told]) -> Joined:
    """Join in a dict of lists, in the order of arrival."""
    waiting: dict[str, list[int | None]] = {}
    joined: Joined = {}
    for stream, key, value in told:
        values = waiting.get(key)
        if values is None:
            values = waiting[key] = [None] * STREAMS
        values[stream] = value
        if None not in values:
            joined[key] = tuple(waiting.pop(key))  # type: ignore[arg-type]
    return joined


class Flow:
    """A Bytewax flow of four sources, with its join or with nothing between sources and sink.

    Parameters
    ----------
    told
        What the sources have, each in the order of arrival.
    batch
        How many items a source hands on at once.
    joins
        Whether there is a join; without it the flow's own cost is seen.
    """

    def __init__(self, told: Sequence[Told], batch: int, *, joins: bool) -> None:
        self._streams = [
            [(key, value) for stream, key, value in told if stream == number]
            for number in range(STREAMS)
        ]
        self._batch = batch
        self._joins = joins

    def run(self) -> list[Any]:
        """Run it from its beginning; what came out."""
        flow, out = Dataflow("join"), list[Any]()
        streams = [
            op.input(f"in-{number}", flow, TestingSource(items, self._batch))
            for number, items in enumerate(self._streams)
        ]
        made: Any = op.join("join", *streams) if self._joins else op.merge("merge", *streams)
        op.output("out", made, TestingSink(out))
        run_main(flow)
        return out


def join_pathway(python: Path | None, told: Sequence[Told]) -> tuple[Joined, float]:
    """Join by Pathway, in an interpreter that has it; what came out, and processor seconds.

    Parameters
    ----------
    python
        The interpreter; this one, if it is not given.
    told
        What the streams say.

    Raises
    ------
    ModuleNotFoundError
        If it has no Pathway.
    RuntimeError
        If Pathway failed.
    """
    done = subprocess.run(
        [str(python or sys.executable), str(Path(__file__).with_name("pathway_join.py"))],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode != 0:
        why = done.stderr.strip().rpartition("\n")[2]
        if why.startswith("ModuleNotFoundError"):
            raise ModuleNotFoundError(why)
        raise RuntimeError(f"Pathway failed: {why}")
    said = json.loads(done.stdout.splitlines()[-1])
    return {key: tuple(values) for key, values in said["joined"].items()}, said["cpu_s"]
