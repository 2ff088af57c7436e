"""What `haechi evaluate --protocol kcs` found, always with what it means."""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from haechi.app.evaluated import (
    CALIBRATION,
    calibration_json,
    estimate_json,
    mean,
    prior_text,
    ranking_json,
    shown,
)
from haechi.app.terminal import columns, emit_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haechi.streams.evaluation.kcs import KcsFigures
    from haechi.streams.evaluation.kcs_rows import KcsRows
    from haechi.streams.evaluation.selective import Inspections, Selected
    from haechi.streams.evaluation.setup import Setup

WITHOUT: Final = "without_exact_blocks"
WITH: Final = "with_exact_blocks"
_TITLES: Final = {WITHOUT: "without exact blocks", WITH: "with exact-block memory"}
_BINS: Final = (
    "The first column is the headline. It reads mass and price in bins only: two grids of half a "
    "logarithmic unit, one shifted by half a bin; that alone rebuilds blocks softly."
)
_BLOCKS: Final = (
    "A block is HS6, departure, origin, tax rate, tax type, net mass and price; unseen ones do "
    "not occur before the window."
)
_SYNTHETIC: Final = (
    "The rows are synthetic, made after declarations that were inspected, and most repeat an "
    "earlier block with the same label: a benchmark of memory. Skill on new goods is what the "
    "unseen blocks show."
)


@dataclass(slots=True)
class KcsReport:
    """What was found on one window, model by model.

    Parameters
    ----------
    rows
        The declarations.
    window
        Which of them are scored, shape (n,).
    setup
        The configuration.
    without
        What was left out.
    models
        Figures by model; of selective labels one for each seed.
    inspections
        Of selective labels, by model, one for each seed.
    """

    rows: KcsRows
    window: NDArray[Any]
    setup: Setup
    without: tuple[str, ...]
    models: dict[str, list[KcsFigures]] = field(default_factory=dict)
    inspections: dict[str, list[Inspections]] = field(default_factory=dict)

    def add(self, model: str, log_odds: NDArray[Any], selected: Selected | None) -> None:
        """Take one run: scores of all rows, and what was selected if not all had labels."""
        from haechi.streams.evaluation.kcs import figures_of
        from haechi.streams.evaluation.selective import inspections

        figures = figures_of(self.rows, self.window, log_odds)
        self.models.setdefault(model, []).append(figures)
        if selected is not None:
            brought = inspections(self.rows, self.window, selected)
            self.inspections.setdefault(model, []).append(brought)

    def header(self) -> dict[str, Any]:
        """What was evaluated."""
        from haechi.streams.evaluation.kcs_rows import day_text

        rows, days = self.rows, self.rows.days[self.window]
        return {
            "protocol": "kcs",
            "rows": len(rows.places),
            "scored": len(rows.days),
            "repeated": rows.repeated,
            "refused": list(rows.refused),
            "expert_prior": False,
            "base_log_odds": float(self.setup.base[0]),
            "without": list(self.without),
            "window": {
                "from": day_text(int(days[0])),
                "to": day_text(int(days[-1])),
                "n": len(days),
                "found": int(rows.found[self.window].sum()),
                "unseen_blocks": int(rows.unseen(self.window).sum()),
                "critical": int(rows.critical[self.window].sum()),
            },
        }


def tell_kcs(report: KcsReport, args: argparse.Namespace) -> None:
    """Print figures of the customs declarations."""
    from haechi.streams.adapters.kcs import CAVEAT

    header = {**report.header(), "label_delay_days": args.label_delay_days}
    meanings = [CAVEAT, _BINS, _BLOCKS, _SYNTHETIC]
    if args.inspection_rate is None:
        models: dict[str, Any] = {name: _kcs(one[0]) for name, one in report.models.items()}
    else:
        header["inspection_rate"] = args.inspection_rate
        header["exploration"] = args.exploration
        models = {
            name: _selective(seeds, report.models[name])
            for name, seeds in report.inspections.items()
        }
    if args.json:
        emit_json({**header, "models": models, "meaning": meanings})
        return
    _tell_header(header)
    lines = _SELECTIVE_LINES if args.inspection_rate is not None else _KCS_LINES
    table = [("", *(_TITLES[name] for name in models))]
    table += [(title, *(cell(one) for one in models.values())) for title, cell in lines]
    print(columns(table))
    print()
    for meaning in meanings:
        print(meaning)


def _tell_header(header: dict[str, Any]) -> None:
    window = header["window"]
    print(
        f"{header['scored']:,} declarations, labels {header['label_delay_days']} days late; "
        f"window {window['from']} to {window['to']}: {window['n']:,} rows, "
        f"{window['found'] / window['n']:.1%} found, {window['unseen_blocks']:,} in unseen blocks"
    )
    if "inspection_rate" in header:
        print(
            f"after the first 31 days only {header['inspection_rate']:g} is inspected, "
            f"{header['exploration']:g} of it at random, and only that has labels"
        )
    print(prior_text(header) + "\n")


def _kcs(figures: KcsFigures) -> dict[str, Any]:
    return {
        **ranking_json(figures.all_rows),
        **calibration_json(figures.calibration),
        "unseen_blocks": ranking_json(figures.unseen),
        "critical_fraud": ranking_json(figures.critical),
    }


def _selective(seeds: list[Inspections], figures: list[KcsFigures]) -> dict[str, Any]:
    pairs = zip(seeds, figures, strict=True)
    runs = [_run(seed, *pair) for seed, pair in enumerate(pairs, start=1)]
    covered = sum(one.prevalence.low <= one.prevalence_true <= one.prevalence.high for one in seeds)
    estimates = {
        name: {key: mean([run[name][key] for run in runs]) for key in ("value", "low", "high")}
        for name in ("precision_of_selected", "precision_of_explored", "prevalence_estimated")
    }
    scores = {
        key: mean([run["scores"][key] for run in runs])
        for key in ("auc", "ap", "log_loss", "base_log_loss", "calibration_slope", "ece_top_5")
    }
    precisions = [run["precision"] for run in runs]
    return {
        "precision": mean(precisions),
        "precision_sd": statistics.stdev(precisions) if len(runs) > 1 else math.nan,
        "share_inspected": mean([run["share_inspected"] for run in runs]),
        **estimates,
        "prevalence": runs[0]["prevalence"],
        "intervals_that_hold": covered,
        "seeds": len(runs),
        "scores": scores,
        "runs": runs,
    }


def _run(seed: int, one: Inspections, figures: KcsFigures) -> dict[str, Any]:
    return {
        "seed": seed,
        "inspected": one.inspected,
        "found": one.found,
        "precision": one.precision,
        "share_inspected": one.share,
        "precision_of_selected": estimate_json(one.chosen),
        "precision_of_explored": estimate_json(one.explored),
        "prevalence_estimated": estimate_json(one.prevalence),
        "prevalence": one.prevalence_true,
        "scores": _kcs(figures),
    }


def _of(*path: str) -> Callable[[dict[str, Any]], str]:
    """Read one figure."""

    def cell(model: dict[str, Any]) -> str:
        value: Any = model
        for key in path:
            value = value[key]
        return f"{value:,}" if isinstance(value, int) else shown(value)

    return cell


def _share(*path: str) -> Callable[[dict[str, Any]], str]:
    """Read an estimate with its interval."""

    def cell(model: dict[str, Any]) -> str:
        one: Any = model
        for key in path:
            one = one[key]
        if math.isnan(one["low"]):
            return shown(one["value"])
        return f"{one['value']:.4f} [{one['low']:.3f}, {one['high']:.3f}]"

    return cell


_Line = tuple[str, Callable[[dict[str, Any]], str]]
_TOPS: Final = ("1", "2", "5", "10")
_KCS_LINES: Final[tuple[_Line, ...]] = (
    ("AUC", _of("auc")),
    ("AP", _of("ap")),
    *((f"P@{top}%", _of(f"precision_at_{top}")) for top in _TOPS),
    ("unseen blocks: AUC", _of("unseen_blocks", "auc")),
    ("unseen blocks: AP", _of("unseen_blocks", "ap")),
    ("critical fraud: AUC", _of("critical_fraud", "auc")),
    ("critical fraud: AP", _of("critical_fraud", "ap")),
    *((f"critical fraud: P@{top}%", _of("critical_fraud", f"precision_at_{top}")) for top in _TOPS),
    *((title, _of(key)) for title, key in CALIBRATION),
    ("n", _of("n")),
)
_SELECTIVE_LINES: Final[tuple[_Line, ...]] = (
    ("precision of inspections, mean", _of("precision")),
    ("  standard deviation over seeds", _of("precision_sd")),
    ("share inspected", _of("share_inspected")),
    ("precision of selected", _share("precision_of_selected")),
    ("precision of random checks", _share("precision_of_explored")),
    ("prevalence, by 1/propensity", _share("prevalence_estimated")),
    ("  of all rows", _of("prevalence")),
    (
        "  intervals that hold it",
        lambda model: f"{model['intervals_that_hold']} of {model['seeds']}",
    ),
    ("AUC of the scores", _of("scores", "auc")),
    ("AP of the scores", _of("scores", "ap")),
    *((f"{title}", _of("scores", key)) for title, key in CALIBRATION),
)
