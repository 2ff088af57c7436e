"""Plots of results: latencies by percentile, rates, ratios with intervals, goals, rivals."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.results.result import Figure, Result

MISSING: Final = "no plots: matplotlib is missing; install it with `make extra-bench`"
_PANEL: Final = (5.2, 3.6)
_COLUMNS: Final = 2
_SHORT: Final = 44
_BUSY: Final = ": busy machine, absolute figures NOT PUBLISHABLE"
_FEWEST: Final = 4
"""Places for bars, so that one alone is not a wall."""

Panel = tuple[int, Callable[[Any], None]]
"""How many rows of text a panel has, and what draws it."""


def drawable() -> bool:
    """Whether plots can be drawn: matplotlib is an extra."""
    return importlib.util.find_spec("matplotlib") is not None


def save(grouped: Mapping[str, Sequence[Result]], path: Path) -> None:
    """Draw all benchmarks below one another into one file."""
    heights = {name: _height(_panels(results)) for name, results in grouped.items()}
    total = max(sum(heights.values()), 1.0)
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(_PANEL[0] * _COLUMNS, total), dpi=110, layout="constrained")
    ratios = [max(one, 0.1) for one in heights.values()]
    parts = canvas.subfigures(len(grouped), 1, squeeze=False, height_ratios=ratios)
    for part, (name, results) in zip(parts[:, 0], grouped.items(), strict=True):
        _fill(part, title(name, results), _panels(results))
    canvas.savefig(path)


def title(name: str, results: Sequence[Result]) -> str:
    """What stands above the drawing of one benchmark."""
    return name if all(one.quiet["publishable"] for one in results) else name + _BUSY


def svg(name: str, results: Sequence[Result]) -> str:
    """Draw one benchmark, as an element of a page; empty if there is nothing to draw."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    panels = _panels(results)
    if not panels:
        return ""
    figsize = (_PANEL[0] * _COLUMNS, _height(panels))
    # Ids must differ between the drawings of one page, and not between two runs.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        canvas = Canvas(figsize=figsize, layout="constrained")
        _fill(canvas, title(name, results), panels)
        drawn = io.StringIO()
        canvas.savefig(drawn, format="svg", metadata={"Date": None})
    text = drawn.getvalue()
    return text[text.index("<svg") :]


def _height(panels: Sequence[Panel]) -> float:
    heights = [max(_PANEL[1], 0.32 * rows + 1.2) for rows, _ in panels]
    return sum(max(heights[at : at + _COLUMNS]) for at in range(0, len(heights), _COLUMNS))


def _fill(canvas: Any, title: str, panels: Sequence[Panel]) -> None:
    canvas.suptitle(title, fontsize=12, fontweight="bold")
    if not panels:
        return
    rows = -(-len(panels) // _COLUMNS)
    axes = canvas.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for one, (_, draw) in zip(axes, panels, strict=False):
        draw(one)
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=8)
    for one in axes[len(panels) :]:
        one.set_axis_off()


def _panels(results: Sequence[Result]) -> list[Panel]:
    """What there is to draw of runs of one benchmark."""
    panels: list[Panel] = []
    kinds = {(kept.unit, kept.least) for one in results for kept in one.samples.values()}
    for unit, least in sorted(kinds):
        draw = _draw_rates if least else _draw_latencies
        lines = len(_of_unit(results, unit))
        panels.append((lines, partial(draw, results=results, unit=unit)))
    intervals = _named(results, [one.intervals() for one in results])
    goals = _named(results, [one.goals() for one in results])
    if intervals:
        panels.append((len(intervals), partial(_draw_intervals, told=intervals)))
    if goals:
        panels.append((len(goals), partial(_draw_goals, told=goals)))
    for label, figure in goals:
        if figure.rivals:
            panels.append((len(figure.rivals), partial(_draw_rivals, what=label, figure=figure)))
    return panels


def _named(
    results: Sequence[Result], figures: Sequence[Sequence[Figure]]
) -> list[tuple[str, Figure]]:
    """Figures with names that tell runs apart, where there are several."""
    return [
        (
            f"{_short(figure.what)} ({one.label})" if len(results) > 1 else _short(figure.what),
            figure,
        )
        for one, found in zip(results, figures, strict=True)
        for figure in found
    ]


def _short(what: str) -> str:
    return what if len(what) <= _SHORT else what[: _SHORT - 1] + "…"


def _of_unit(results: Sequence[Result], unit: str) -> list[tuple[str, Any]]:
    return [
        (_label(results, one, name), kept)
        for one in results
        for name, kept in one.samples.items()
        if kept.unit == unit
    ]


def _label(results: Sequence[Result], one: Result, name: str) -> str:
    return f"{name} ({one.label})" if len(results) > 1 else name


def _draw_latencies(axes: Any, results: Sequence[Result], unit: str) -> None:
    """By percentile, as HdrHistogram draws it: each nine as wide as the one before."""
    most = 0.0
    for label, kept in _of_unit(results, unit):
        reached = np.cumsum(kept.counts.sum(axis=0)) / kept.total
        nines = -np.log10(np.maximum(1 - reached, 0.5 / kept.total))
        most = max(most, float(nines.max()))
        axes.step(nines, kept.values, where="pre", label=_short(label), linewidth=1.1)
    ticks = np.arange(0, np.ceil(most) + 1)
    axes.set_xticks(ticks, [f"{100 * (1 - 0.1**nine):.6g}%" for nine in ticks])
    axes.set_yscale("log")
    axes.set_xlabel("so many are not slower", fontsize=8)
    axes.set_ylabel(unit, fontsize=8)
    axes.legend(frameon=False, fontsize=7, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.18))


def _draw_rates(axes: Any, results: Sequence[Result], unit: str) -> None:
    told = _of_unit(results, unit)
    ends = np.array([[kept.percentile(one) for one in (50, 0, 100)] for _, kept in told])
    middle, low, high = ends.T
    axes.barh(range(len(told)), middle, xerr=(middle - low, high - middle), color="tab:gray",
              height=0.6)  # fmt: skip
    _name_bars(axes, [_short(label) for label, _ in told])
    axes.locator_params(axis="x", nbins=4)
    axes.set_xlabel(f"{unit}: median, least and most", fontsize=8)


def _draw_intervals(axes: Any, told: Sequence[tuple[str, Figure]]) -> None:
    for at, (_, figure) in enumerate(told):
        low, high = figure.interval or (figure.found, figure.found)
        axes.plot([low, high], [at, at], color="black", linewidth=1.2)
        axes.plot(figure.found, at, "o", color="black", markersize=4)
    _name_bars(axes, [label for label, _ in told])
    axes.set_xlabel("found, 95% interval", fontsize=8)


def _draw_goals(axes: Any, told: Sequence[tuple[str, Figure]]) -> None:
    """How far each is on the good side of its goal, which stands at 1 whatever its unit."""
    for at, (_, figure) in enumerate(told):
        colour = "tab:green" if figure.met else "tab:red"
        hatch = "///" if figure.publishable is False else None
        axes.barh(at, figure.reached, color=colour, alpha=0.75, height=0.6, hatch=hatch)
    axes.axvline(1, color="black", linewidth=1)
    _name_bars(axes, [label for label, _ in told])
    axes.set_xlabel("goal = 1, better to the right; hatched: busy machine", fontsize=8)


def _name_bars(axes: Any, names: Sequence[str]) -> None:
    """Name them from the top down."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), _FEWEST) - 0.5, -0.5)


def _draw_rivals(axes: Any, what: str, figure: Figure) -> None:
    told = {"Haechi": figure.found, **figure.rivals}
    colours = ["tab:blue", *["tab:gray"] * len(figure.rivals)]
    axes.barh(range(len(told)), list(told.values()), color=colours, height=0.6)
    _name_bars(axes, list(told))
    positive = [value for value in told.values() if value > 0]
    if len(positive) == len(told) and max(positive) > 20 * min(positive):
        axes.set_xscale("log")
    better = "more is better" if figure.least else "less is better"
    axes.set_xlabel(f"{what}; {better}", fontsize=8)
