"""Gathers every figure when Prometheus asks for them, from the log and from what processes tell."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from haechi.streams.log.segment import segment_paths
from haechi.streams.metrics import families
from haechi.streams.metrics.families import Family
from haechi.streams.metrics.log_counts import LogCounts
from haechi.streams.shipper.names import PlaceNames
from haechi.streams.standby.standing import STATES

_FRESH_S: Final = 10.0
_OF_PROCESS: Final = {
    "process_cpu_seconds": families.CPU,
    "process_resident_memory_bytes": families.MEMORY,
    "process_open_fds": families.FILES,
    "process_start_time_seconds": families.STARTED,
}
Values = Iterable[tuple[tuple[str, ...], float]]


class FaceFigures(Protocol):
    """What the face service tells; its ``DescribeGalleriesResponse`` is one."""

    galleries: Any
    counts: Any
    unsent: int


class Gathered(Collector):
    """All figures of one installation.

    Parameters
    ----------
    counts
        What the log says.
    log
        Folder of the log.
    run
        Folder in which processes tell about themselves.
    names
        Names of lanes.
    processes
        Gives process numbers by name, None for one that does not run.
    faces
        Asks the face service; None if there is none, or it does not answer.
    """

    def __init__(
        self,
        counts: LogCounts,
        log: Path,
        run: Path,
        names: PlaceNames,
        processes: Callable[[], Mapping[str, int | None]],
        faces: Callable[[], FaceFigures | None],
    ) -> None:
        self._counts = counts
        self._log = log
        self._run = run
        self._names = names
        self._processes = processes
        self._faces = faces

    def collect(self) -> Iterator[Metric]:
        """Gather."""
        for family, counts in self._counts.counters().items():
            yield _metric(family, counts.items())
        yield from self._histograms()
        yield from self._of_the_log()
        yield from self._of_processes()
        yield from self._of_the_engine()
        yield from self._of_the_shipper()
        yield from self._of_faces()

    def _histograms(self) -> Iterator[Metric]:
        told: dict[Family, HistogramMetricFamily] = {}
        for family, labels, buckets, sum_s in self._counts.histograms():
            metric = told.setdefault(
                family, HistogramMetricFamily(family.name, family.about, labels=family.labels)
            )
            metric.add_metric(labels, buckets, sum_s)
        yield from told.values()

    def _of_the_log(self) -> Iterator[Metric]:
        paths = segment_paths(self._log)
        sizes = [path.stat().st_size for path in paths]
        yield _single(families.LOG_EVENTS, self._counts.events)
        yield _single(families.LOG_BYTES, sum(sizes))
        yield _single(families.LOG_SEGMENTS, len(paths))

    def _of_processes(self) -> Iterator[Metric]:
        processes = self._processes()
        yield _metric(
            families.UP,
            [((name,), float(_lives(pid))) for name, pid in processes.items()],
        )
        values: dict[Family, list[tuple[tuple[str, ...], float]]] = {
            family: [] for family in _OF_PROCESS.values()
        }
        for name, pid in processes.items():
            if pid is None:
                continue
            own = ProcessCollector(pid=lambda pid=pid: pid, registry=None)  # type: ignore[misc]
            for metric in own.collect():
                family = _OF_PROCESS.get(metric.name)
                if family is not None:
                    values[family].append(((name,), metric.samples[0].value))
        for family, told in values.items():
            yield _metric(family, told)

    def _of_the_engine(self) -> Iterator[Metric]:
        said = self._said("engine-status.json")
        fresh = said.get("written_us", 0) / 1e6 > time.time() - _FRESH_S
        yield _single(families.HEALTHY, float(fresh and bool(said["healthy"])))
        if not fresh:
            return
        yield _single(families.STARTS, said["epoch"])
        yield _single(families.INTAKE, said["intake_events"])
        yield _single(families.INTAKE_LIMIT, said["intake_limit_events"])
        yield _single(families.WATCHERS, said["watchers"])
        standby = said["standby"]
        yield _metric(
            families.STANDBY, [((state,), float(state == standby["state"])) for state in STATES]
        )
        if standby["state"] != "none":
            yield _single(families.STANDBY_LAG, standby["lag_events"])
        yield _single(families.OPEN_CASES, said["open_cases"])
        yield _metric(
            families.OPEN_TASKS,
            [((self._names.lane(lane), state), count) for lane, state, count in said["tasks"]],
        )

        if kafka := said.get("kafka"):
            yield _single(families.KAFKA_READING, float(kafka["reading"]))
            yield _single(families.KAFKA_BEHIND, kafka["behind_events"])

    def _of_the_shipper(self) -> Iterator[Metric]:
        said = self._said("shipper.json")
        if not said:
            return
        yield _single(families.STORE_CONNECTED, float(said["connected"]))
        yield _single(families.STORE_LAG_EVENTS, said["lag_events"])
        yield _single(families.STORE_LAG, said["lag_ms"] / 1000)
        yield _metric(families.STORE_ROWS, [((name,), n) for name, n in said["rows"].items()])
        yield _metric(families.STORE_RETRIES, [((), said["retries"])])

    def _of_faces(self) -> Iterator[Metric]:
        said = self._faces()
        if said is None:
            return
        galleries = said.galleries
        yield _metric(families.FACE_PERSONS, [((one.gallery,), one.persons) for one in galleries])
        yield _metric(
            families.FACE_TEMPLATES, [((one.gallery,), one.templates) for one in galleries]
        )
        yield _metric(
            families.FACE_COUNTS, [((one.camera, one.what), one.count) for one in said.counts]
        )
        yield _single(families.FACE_UNSENT, said.unsent)

    def _said(self, name: str) -> dict[str, Any]:
        with suppress(OSError, ValueError):
            said: dict[str, Any] = json.loads((self._run / name).read_text("utf-8"))
            return said
        return {}


def _metric(family: Family, values: Values) -> Metric:
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = kind(family.name, family.about, labels=family.labels)
    for labels, value in values:
        metric.add_metric(labels, value)
    return metric


def _single(family: Family, value: float) -> Metric:
    return _metric(family, [((), value)])


def _lives(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
