"""Exact search of a gallery of faces, beside numpy and faiss, and what adding and removing cost.

Seeded templates of 128 numbers. Before anything is timed, every engine must find the five faces
that comparing all in double precision finds. Then each searches for the same probe in turn, in
one thread; of several repeats the shortest counts, because neighbours can only add to a time.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from benchmarks.alternate import Call, alternate
from benchmarks.quantiles import Times, percentile
from benchmarks.report import Report
from benchmarks.rivals_linear import MORE
from haechi.streams.faces.gallery import Gallery
from haechi.streams.faces.search import FloatMatrix, room, top_k

_DIMENSION: Final = 128
_BEST: Final = 5
_PROBES: Final = 100
_FAR_US: Final = 1 << 60
_CHANGES: Final = 2_000
_RIVALS: Final = ("numpy", "faiss flat")
_GOALS_MS: Final = {10_000: 0.1, 100_000: 2.5}
_GOAL_GROWTH: Final = 3.0
"""What a hundred times as many may cost: nothing more is done, but rows come from further away."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--million", action="store_true", help="search a million faces, too")
    parser.add_argument("--rounds", type=int, default=100, help="a repeat (default %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    sizes = [1_000, 10_000, 100_000, *([1_000_000] if given.million else [])]
    faces, probes = _faces(report.seed, sizes[-1]), _faces(report.seed + 1, _PROBES)
    if importlib.util.find_spec("faiss") is None:
        report.note(f"faiss is missing; {MORE}")
    rows = []
    for size in sizes:
        calls = _engines(faces[:size], probes)
        _check(calls, faces[:size], probes)
        with _one_thread():
            best = _best_of(calls, given, report.seed, f"{size:,} faces")
        for name, times in best.items():
            report.keep(f"{name}, {size:,} faces", times, "us")
        calls = {"numpy, all threads": calls["numpy"]}
        best |= _best_of(calls, given, report.seed, f"{size:,} faces, all threads")
        rows += [
            [name, size, percentile(times, 50) / 1e3, percentile(times, 99) / 1e3]
            for name, times in best.items()
        ]
    report.note(f"checked: all find the same {_BEST} for each of {_PROBES} probes, at every size")
    report.table("search", ["engine", "faces", "p50_ms", "p99_ms"], rows)
    report.note("one thread, but for numpy's last row; Gallery.search also looks up who it is")
    for size, most in _GOALS_MS.items():
        found = {name: p50 for name, faces_of, p50, _ in rows if faces_of == size}
        rivals = {rival: found[rival] for rival in _RIVALS if rival in found}
        report.goal(f"ms p50 of {size:,} faces", found["ours"], most, rivals=rivals)
        for rival, theirs in rivals.items():
            what = f"{rival}'s time for {size:,} over ours"
            report.goal(what, theirs / found["ours"], 1.0, least=True, kind="ratio")
    _tell_changes(report, faces, given.repeats)


def _faces(seed: int, count: int) -> FloatMatrix:
    matrix = room(count, _DIMENSION)
    np.random.default_rng(seed).standard_normal(out=matrix, dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1)[:, None]
    return matrix


def _engines(faces: FloatMatrix, probes: FloatMatrix) -> dict[str, Call]:
    """The same search by each: a probe's number in, the best faces' numbers out."""
    rows, similarities = np.zeros(_BEST, np.int64), np.zeros(_BEST, np.float32)

    def ours(number: int) -> Any:
        top_k(faces, len(faces), probes[number % _PROBES], rows, similarities)
        return rows

    def with_numpy(number: int) -> Any:
        found = faces @ probes[number % _PROBES]
        best = np.argpartition(found, -_BEST)[-_BEST:]
        return best[np.argsort(-found[best])]

    gallery = _filled(faces)

    def with_gallery(number: int) -> Any:
        return [hit.person for hit in gallery.search(probes[number % _PROBES], _BEST)]

    calls: dict[str, Call] = {"ours": ours, "Gallery.search": with_gallery, "numpy": with_numpy}
    if importlib.util.find_spec("faiss") is not None:
        import faiss

        faiss.omp_set_num_threads(1)
        index = faiss.IndexFlatIP(_DIMENSION)
        index.add(faces)

        def with_faiss(number: int) -> Any:
            at = number % _PROBES
            return index.search(probes[at : at + 1], _BEST)[1][0]

        calls["faiss flat"] = with_faiss
    return calls


def _filled(faces: FloatMatrix) -> Gallery:
    gallery = Gallery(_DIMENSION, len(faces))
    for number, face in enumerate(faces):
        gallery.add(number, number, face, _FAR_US)
    return gallery


def _check(calls: dict[str, Call], faces: FloatMatrix, probes: FloatMatrix) -> None:
    exact = np.hstack([probes.astype(np.float64) @ faces[at : at + 10_000].T for at in
                       range(0, len(faces), 10_000)])  # fmt: skip
    right = [np.argsort(-row)[:_BEST].tolist() for row in exact]
    for name, call in calls.items():
        for number in range(_PROBES):
            if list(call(number)) != right[number]:
                raise SystemExit(f"{name} does not find who is most like probe {number}")


def _best_of(
    calls: dict[str, Call], given: argparse.Namespace, seed: int, what: str
) -> dict[str, Times]:
    """Each engine's repeat with the least median, microseconds."""
    repeats = [
        alternate(calls, range(given.rounds), seed + at, what) for at in range(given.repeats)
    ]
    return {name: min((one[name] for one in repeats), key=np.median) for name in calls}


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Keep numpy to one thread where that can be said."""
    if importlib.util.find_spec("threadpoolctl") is None:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def _tell_changes(report: Report, faces: FloatMatrix, repeats: int) -> None:
    """What a template costs to add and to remove, in a small and in a large gallery."""
    rows = [[size, *_changes(faces[:size], report.seed, repeats)] for size in (1_000, 100_000)]
    report.table("changes", ["faces", "add_us", "remove_us"], rows)
    (_, *small), (_, *large) = rows
    for what, few, many in zip(("add", "remove"), small, large, strict=True):
        report.goal(f"{what} to 100,000 over to 1,000", many / few, _GOAL_GROWTH)


def _changes(faces: FloatMatrix, seed: int, repeats: int) -> tuple[float, float]:
    """Microseconds to add a template, and to remove one from anywhere; the least repeat's."""
    gallery = _filled(faces)
    some = (
        np.random.default_rng(seed)
        .permutation(len(faces))[: min(_CHANGES, len(faces) // 2)]
        .tolist()
    )

    def add(number: int) -> None:
        gallery.add(number, number, faces[number], _FAR_US)

    removing, adding = zip(
        *((_us_each(gallery.remove, some), _us_each(add, some)) for _ in range(repeats)),
        strict=True,
    )
    return min(adding), min(removing)


def _us_each(change: Callable[[int], object], numbers: Sequence[int]) -> float:
    before = time.perf_counter_ns()
    for number in numbers:
        change(number)
    return (time.perf_counter_ns() - before) / len(numbers) / 1e3
