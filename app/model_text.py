"""Models and their cards as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from haechi.app.shown import moment
from haechi.app.terminal import columns

_FIGURES: Final = (
    ("AUC", "auc"),
    ("log-loss", "log_loss"),
    ("log-loss of the base rate", "base_rate_log_loss"),
    ("saved against it", "log_loss_saved"),
    ("calibration bias", "calibration_bias"),
    ("calibration slope", "calibration_slope"),
)
_SHORT: Final = 16


def list_text(
    models: list[dict[str, Any]], force: list[dict[str, Any]], waiting: list[dict[str, Any]]
) -> str:
    """What there is, what is in force, and what waits for a second person."""
    lines = ["in force"]
    rows = [
        (
            f"{one['kind']} {one['role']}",
            one["artefact"][:_SHORT],
            f"since {moment(one['stamp_us'])} (offset {one['offset']})",
            f"by {' and '.join(one['approvers'])}",
            one["reason"],
        )
        for one in force
    ]
    lines.append(columns(rows) if rows else "  nothing was promoted: travelers have the prior, "
                 "parcels what was learned live")  # fmt: skip
    if waiting:
        asked = [
            (
                f"{one['kind']} {one['role']}",
                one["artefact"][:_SHORT],
                f"since {moment(one['stamp_us'])}",
                f"by {' and '.join(one['approvers'])}",
                one["reason"],
            )
            for one in waiting
        ]
        lines += ["", "waiting for a second approver, seven days", columns(asked)]
    lines += ["", "models"]
    if models:
        named = [("artefact", "kind", "made by", "labels", "up to offset", "")]
        for one in models:
            if one["unusable"]:
                named.append((one["artefact"][:_SHORT], "?", "", "", "", one["unusable"]))
                continue
            cells = (one["kind"], one["made_by"], f"{one['labels']:,}", str(one["learned_to"]))
            named.append((one["artefact"][:_SHORT], *cells, ""))
        lines.append(columns(named))
    else:
        lines.append("  none yet; make one with: haechi models checkpoint --kind traveler")
    return "\n".join(lines)


def card_text(card: dict[str, Any], promotions: list[dict[str, Any]]) -> str:
    """A card."""
    return "\n".join(_card(card, promotions))


def _card(card: dict[str, Any], promotions: list[dict[str, Any]]) -> Iterator[str]:
    yield f"{card['kind']} model {card['artefact']}"
    rows = [
        ("made by", f"{card['made_by']}, build {card['build'][:_SHORT]}"),
        ("learned", f"{card['labels']:,} labels"),
        ("from", f"the log of shard {card['shard']}, up to offset {card['learned_to']}"),
        ("state", card["state"][:_SHORT]),
        ("features", f"table {card['features']}"),
        ("settings", card["settings"][:_SHORT]),
        ("cells", f"{card['cells']:,}"),
    ]  # fmt: skip
    yield columns(rows)
    if "data" in card:
        yield from _data(card)
        yield from _figures(card["figures"])
        yield from _groups(card["groups"])
        yield ""
        yield from card["limits"]
    yield "\npromotions"
    if not promotions:
        yield "  none"
    for one in promotions:
        what = "took effect" if one["took_effect"] else "proposed"
        yield (
            f"  {moment(one['stamp_us'])} {what} as {one['role']} by "
            f"{' and '.join(one['approvers'])} (offset {one['offset']}): {one['reason']}"
        )


def _data(card: dict[str, Any]) -> Iterator[str]:
    data = card["data"]
    yield "\ndata"
    said = ", ".join(f"{count:,} {word}" for word, count in data["by_finding"].items())
    chosen = ", ".join(f"{count:,} {word}" for word, count in data["by_selection"].items())
    rates = card["learning"]["rates"].items()
    yield columns(
        [
            ("range", f"{moment(data['first_us'])} to {moment(data['last_us'])}"),
            ("findings", said or "-"),
            ("selected by", chosen or "-"),
            ("reads", f"{len(card['reads'])} features"),
            ("left out", ", ".join(card["left_out"]) or "none"),
            ("rates", ", ".join(f"{part} {rate['alpha']:g}" for part, rate in rates)),
        ]
    )


def _figures(figures: dict[str, Any]) -> Iterator[str]:
    if not figures:
        return
    yield f"\nfigures: {figures['how']}"
    rows = [("labels", f"{figures['labels']:,}, {figures['found']:,} with a finding")]
    rows += [(title, _shown(figures[key])) for title, key in _FIGURES if key in figures]
    yield columns(rows)


def _groups(groups: list[dict[str, Any]]) -> Iterator[str]:
    if not groups:
        return
    yield "\nerrors by group: flagged though nothing was found, and missed"
    rows = [("by", "", "false positives", "", "missed", "")]
    for one in groups:
        rows.append(
            (
                one["by"],
                one["name"],
                f"{one['false_positives']:,} of {one['nothing']:,}",
                _shown(one["false_positive_rate"]),
                f"{one['missed']:,} of {one['found']:,}",
                _shown(one["miss_rate"]),
            )
        )
    yield columns(rows)


def _shown(figure: dict[str, float | None]) -> str:
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "-"
    if low is None or high is None:
        return f"{value:.3g}"
    return f"{value:.3g} [{low:.3g}, {high:.3g}]"
