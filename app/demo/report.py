"""The demo in words: what is simulated, what happened, and what can be pasted afterwards."""

from __future__ import annotations

import shlex
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.app.demo.plan import HOURS
from haechi.app.demo.store_figures import FIRST, HELD, QUEUE
from haechi.app.demo.story import AS_EXPECTED, DRAWN
from haechi.app.terminal import columns

if TYPE_CHECKING:
    from haechi.app.demo.plan import Plan
    from haechi.app.demo.summary import Summary

_WIDTH: Final = 98
_QUEUE_SHOWN: Final = 6
_TITLES: Final = {
    "undervalued": "An undervalued parcel",
    "addresses": "One PCCC, nine addresses",
    "seizure": "An X-ray that resembles a past seizure",
    "body": "Seen at the desk, seen at the exit, and a body-scan alarm between",
    "bag": "A bag's X-ray that comes after the exit",
    "handover": "A bag that changes hands in reclaim",
    "family": "A family, and a camera that is down",
    "learned": "An outcome learned",
}


def introduction(plan: Plan) -> str:
    """Say what is simulated before it begins."""
    prevalence = plan.prevalence()
    return _filled(
        f"A simulated port (seed {plan.seed}): {plan.flights} flights, {plan.parcels} express "
        f"parcels and eight hand-made cases in {HOURS:g} hours of event time. Airlines, "
        "couriers, cameras, scanners, gates, officers and smugglers are simulated; store, engine, "
        "shipper, log and every call over gRPC are real. Event time is accelerated "
        f"{plan.acceleration:.0f} times ({plan.seconds:.0f} s in all); latencies are those of the "
        f"wall clock. Guilt is oversampled {prevalence.oversampling:g} times: "
        f"{prevalence.shown:.1%} of subjects instead of {prevalence.share:.1%}."
    )


def lines(summary: Summary) -> Iterator[str]:
    """Tell the whole run."""
    yield from _stories(summary)
    yield from _cctv(summary)
    yield from _killed(summary)
    yield from _detection(summary)
    yield from _queue(summary)
    yield from _clocks(summary)
    yield from _proofs(summary)
    if summary.fed is not None:
        yield from _fed(summary)
    yield from _paste(summary)
    faults = summary.faults()
    if faults:
        yield "\nNOT AS IT MUST BE"
        yield from (f"  - {fault}" for fault in faults)


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _stories(summary: Summary) -> Iterator[str]:
    for number, story in enumerate(summary.stories, 1):
        yield f"\n{number}. {_TITLES.get(story.name, story.name)}"
        yield _filled(story.told, "   ")
        for line in story.lines:
            yield _hanging(line)
        mark = {AS_EXPECTED: "as expected", DRAWN: "drawn at random, so nothing is shown here"}
        yield f"   Expected {story.expected}: {mark.get(story.outcome, 'NOT AS EXPECTED')}."


def _hanging(line: str) -> str:
    body = line.lstrip()
    indent = "   " + " " * (len(line) - len(body))
    return textwrap.fill(body, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _cctv(summary: Summary) -> Iterator[str]:
    cctv = summary.cctv
    yield "\nAI CCTV: real photographs, real cameras' processes, from the desk to the exit"
    if cctv.skipped:
        yield _hanging(f"Left out: {cctv.skipped}")
    for line in cctv.lines:
        yield _hanging(line)


def _killed(summary: Summary) -> Iterator[str]:
    killed, played = summary.killed, summary.played
    gone = "never came back" if killed.gone_s is None else f"was gone for {killed.gone_s:.1f} s"
    stood_in = ", ".join(f"{n} {name}" for name, n in sorted(played.stood_in.items())) or "none"
    yield "\nThe engine, killed on the way"
    yield _filled(
        f"SIGKILL with {killed.in_flight} calls in flight: it {gone}, counted until the first "
        f"answer of its next start. {killed.resent} events were handed in again with the same "
        f"ids. Gates that got no answer of the core in time were told REFER and asked again "
        f"({stood_in}). Of {killed.before.decisions:,} decisions acknowledged before the kill "
        f"{killed.before.lost} are lost and {killed.before.changed} changed; of all "
        f"{killed.after.decisions:,} of the run {killed.after.lost} are lost and "
        f"{killed.after.changed} changed, and of {killed.after.events:,} acknowledged events "
        f"{killed.after.events_lost} are not where they were acknowledged. "
        f"{played.repeated} questions came twice with the same bytes; "
        f"{played.repeated_differently} got another answer.",
        "   ",
    )


def _detection(summary: Summary) -> Iterator[str]:
    found, told = summary.detection, summary.played.verdicts
    yield "\nWhat the port's officers found (the crowd alone, without the eight cases)"
    yield _filled(
        f"The gates were told {', '.join(f'{n:,} {name}' for name, n in told.items())}. "
        f"{found.inspected} inspections on the engine's word, {found.seized} seizures: "
        f"{found.per_100:.1f} per 100 (95% interval {found.low:.1f} to {found.high:.1f}). Random "
        f"selection would find {found.base_per_100:.1f} per 100 at most: that is the simulated "
        f"truth. Stopped for their risk at the last gate: {found.guilty_stopped} of "
        f"{found.guilty} guilty and {found.innocent_stopped} of {found.innocent} innocent "
        f"({100 * found.innocent_stopped / max(1, found.innocent):.1f}%). {found.unproven} more "
        f"were referred for want of evidence or at random. {found.random_inspected} subjects "
        f"were picked by officers or at random, {found.random_seized} of them carried something.",
        "   ",
    )


def _queue(summary: Summary) -> Iterator[str]:
    queue = summary.queue
    yield f"\nThe officers' queue when the day ends: {len(queue)} open"
    rows = [
        (q.verdict, q.directive, q.stage, q.gate, f"review by {q.review_by}", q.decision_id[:12])
        for q in queue[:_QUEUE_SHOWN]
    ]
    if rows:
        yield columns(rows, "   ")
    if len(queue) > _QUEUE_SHOWN:
        yield f"   and {len(queue) - _QUEUE_SHOWN} more"


def _clocks(summary: Summary) -> Iterator[str]:
    clocks = summary.clocks
    yield "\nThe three clocks, milliseconds on the wall"
    rows = [("", "p50", "p99", "")]
    for name, key in (
        ("returned, seen by the gate", "returned_client"),
        ("returned, seen by the server", "returned_server"),
        ("durable", "durable"),
        ("queryable", "queryable"),
    ):
        measured = clocks[key]
        count = f"of {measured['count']:,} answers" if "count" in measured else "of recent batches"
        rows.append((name, _ms(measured["p50"]), _ms(measured["p99"]), count))
    yield columns(rows, "   ")


def _ms(value: Any) -> str:
    return "-" if value is None else f"{value:.2f}"


def _proofs(summary: Summary) -> Iterator[str]:
    letters = ", ".join(f"{n} {reason}" for reason, n in summary.dead_letters.items())
    replay, chain = summary.replay, summary.chain
    yield f"\nDead letters: {letters or 'none'}"
    yield "\nClickHouse against the log"
    yield from (f"   {line}" for line in summary.shipped.lines())
    if replay["identical"]:
        yield (
            f"\nReplay: {replay['events']:,} events decided again in {replay['seconds']:.1f} s, "
            f"{replay['compared']:,} decisions identical, bit for bit"
        )
        yield (
            "Reasons: in every one of them the contributions add up to the log-odds within "
            f"{replay['unexplained']:.0e}"
        )
    else:
        yield f"\nReplay: NOT IDENTICAL: {replay['message'] or 'not all was compared'}"
    if chain["whole"]:
        yield f"Chain: whole over {chain['events']:,} events, head {chain['head'][:16]}..."
    else:
        yield f"Chain: NOT WHOLE: {chain['message']}"


def _fed(summary: Summary) -> Iterator[str]:
    fed = summary.fed
    assert fed is not None
    said = fed.as_dict()
    yield f"\nReal declarations: {fed.file.name}"
    yield _filled(
        f"{said['rows']:,} rows: {said['decided']:,} decided, {said['refused']:,} refused, "
        f"{said['repeated']:,} repeated. ClickHouse holds a decision for {fed.stored:,} of the "
        f"{said['decided']:,} ({', '.join(f'{n:,} {v}' for v, n in fed.verdicts.items())}). "
        f"{said['outcomes']:,} outcomes were learned. {said['caveat']}",
        "   ",
    )
    for refused in fed.account.refused[:5]:
        yield f"   refused: line {refused.line}: {refused.reason}"


def _paste(summary: Summary) -> Iterator[str]:
    data = _shown_path(Path(summary.data))
    run = f"{_program()} "
    wanted = [s for s in summary.stories if s.decision_id]
    yield "\nTo look closer (all of it still works now that the demo is over):"
    for story in wanted[:3]:
        yield f"  {run}explain {story.decision_id} --data {data}   # {story.name}"
    if wanted:
        yield f"  {run}replay {wanted[0].decision_id} --data {data}"
    yield f"  {run}verify --data {data}"
    for query in (FIRST, HELD, QUEUE):
        yield f'  {run}sql "{query}" --data {data}'


def _shown_path(path: Path) -> str:
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def _program() -> str:
    """How this program was called, so that a line can be pasted."""
    called = Path(sys.argv[0])
    if called.name == "haechi" and called.exists():
        return _shown_path(called.absolute())
    return f"{shlex.quote(sys.executable)} -m haechi.app"
