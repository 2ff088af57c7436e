"""One page of results that needs nothing else: tables, plots, and every table that was printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from benchmarks.report import text
from benchmarks.results import plots
from benchmarks.results.result import Figure, Result
from benchmarks.results.show import LEGEND, cell, goal_text, provenance, rival_text, rows_of

_STYLE: Final = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .9rem .2rem 0; text-align: right; border-bottom: 1px solid #eee; }
th:first-child, td:first-child { text-align: left; }
.missed { color: #b00020; font-weight: 600; }
.busy { background: #fff3cd; padding: .4rem .7rem; }
.beside td { color: #555; } .beside td:first-child { padding-left: 1.5rem; }
.from { color: #555; margin: .2rem 0; }
svg { max-width: 100%; height: auto; }
"""


def page(grouped: Mapping[str, Sequence[Result]]) -> str:
    """Make the page, as HTML.

    Parameters
    ----------
    grouped
        Results by benchmark.
    """
    links = " · ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in grouped)
    drawn = plots.drawable()
    parts = [_section(name, results, drawn=drawn) for name, results in grouped.items()]
    missing = "" if drawn else f"<p>{escape(plots.MISSING)}</p>"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Haechi: benchmarks</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Haechi: benchmarks</h1><p>{links}</p>{missing}\n{''.join(parts)}</body></html>\n"
    )


def _section(name: str, results: Sequence[Result], *, drawn: bool) -> str:
    told = [f'<h2 id="{escape(name)}">{escape(name)}</h2>']
    for one in results:
        quiet = one.quiet["publishable"]
        style = "from" if quiet else "from busy"
        line = f"<b>{escape(one.label)}</b>: {escape(provenance(one))}"
        told.append(f'<p class="{style}">{line}</p>')
    told.append(_figures(results))
    if any(not one.quiet["publishable"] for one in results):
        told.append(f"<p>{escape(LEGEND)}</p>")
    if drawn:
        told.append(plots.svg(name, results))
    told += [_printed(one) for one in results]
    return "\n".join(told)


def _figures(results: Sequence[Result]) -> str:
    heads = ["figure", "goal", *(one.label for one in results)]
    rows = []
    for row in rows_of(results):
        first = next(one for one in row if one is not None)
        cells = [escape(first.what), goal_text(first), *map(_cell, row)]
        rows.append(f"<tr>{_cells(cells)}</tr>")
        for rival in first.rivals:
            beside = [escape(rival), "", *(escape(rival_text(one, rival)) for one in row)]
            rows.append(f'<tr class="beside">{_cells(beside)}</tr>')
    return f"<table><tr>{_cells(map(escape, heads), 'th')}</tr>{''.join(rows)}</table>"


def _cell(figure: Figure | None) -> str:
    told = escape(cell(figure))
    return told if figure is None or figure.met else f'<span class="missed">{told}</span>'


def _printed(result: Result) -> str:
    tables = []
    for name, rows in result.tables().items():
        heads = _cells((escape(str(head)) for head in rows[0]), "th")
        body = "".join(
            f"<tr>{_cells(escape(text(one)) for one in row.values())}</tr>" for row in rows
        )
        tables.append(f"<h4>{escape(name)}</h4><table><tr>{heads}</tr>{body}</table>")
    if not tables:
        return ""
    summary = f"<summary>tables of {escape(result.label)}</summary>"
    return f"<details>{summary}{''.join(tables)}</details>"


def _cells(told: Any, tag: str = "td") -> str:
    return "".join(f"<{tag}>{one}</{tag}>" for one in told)
