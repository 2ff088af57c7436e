"""The hand-made cases: what was expected, what came, and the engine's own reasons for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from haechi.app.demo.records import Records, numbers_of, reasons_of, verdict_of
from haechi.app.shown import enum_word

if TYPE_CHECKING:
    from haechi.app.demo.ledger import Asked, Ledger
    from haechi.app.demo.watcher import Pushed, Watcher
    from haechi.rpc.v1.decision_pb2 import Decision
    from haechi.streams.simulator import Scenario

AS_EXPECTED: Final = "as expected"
DRAWN: Final = "drawn for a random check"
OTHERWISE: Final = "not as expected"


@dataclass(slots=True)
class Story:
    """One case, told.

    Parameters
    ----------
    name, told
        Of the scenario.
    outcome
        :data:`AS_EXPECTED`, :data:`DRAWN` or :data:`OTHERWISE`.
    expected
        What was to come, in words.
    verdicts
        What the gates were told, in order.
    lines
        What happened, with the numbers.
    decision_id
        The decision to look at, or empty.
    facts
        Numbers for machines.
    """

    name: str
    told: str
    outcome: str
    expected: str
    verdicts: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    decision_id: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class Storyteller:
    """Tells scenarios from what was answered, pushed and logged.

    Parameters
    ----------
    ledger
        What was answered.
    watcher
        What was pushed.
    records
        The log.
    """

    def __init__(self, ledger: Ledger, watcher: Watcher, records: Records) -> None:
        self._ledger = ledger
        self._watcher = watcher
        self._records = records

    def tell(self, scenario: Scenario) -> Story:
        """Tell one scenario."""
        from haechi.rpc.v1 import vocabulary_pb2 as words

        expected = enum_word(words.Verdict, scenario.verdict) or "a higher score after than before"
        pushed = enum_word(words.DecisionKind, scenario.pushed)
        story = Story(
            scenario.name,
            scenario.told,
            OTHERWISE,
            f"{expected}{f', and {pushed} pushed' if pushed else ''}",
        )
        asked = [self._ledger.asked.get(name) for name in scenario.judged]
        answered = [a for a in asked if a is not None and a.answer is not None]
        if len(answered) < len(scenario.judged):
            story.lines.append("not every question was answered")
            return story
        decisions = [self._decision(a.answer.decision_id) for a in answered if a.answer]
        story.verdicts = [enum_word(words.Verdict, d.verdict) for d in decisions]
        if not scenario.verdict:
            self._learned(story, decisions)
            return story
        self._judged(story, scenario, answered, decisions)
        if scenario.pushed and story.outcome != DRAWN:
            self._pushed(story, scenario, answered[-1])
        return story

    def _decision(self, decision_id: str) -> Decision:
        decision = self._records.decision(decision_id)
        assert decision is not None, f"acknowledged decision {decision_id} is not in the log"
        return decision

    def _judged(
        self,
        story: Story,
        scenario: Scenario,
        answered: list[Asked],
        decisions: list[Decision],
    ) -> None:
        """Hold the answers against what was expected."""
        from haechi.rpc.v1 import decision_pb2
        from haechi.rpc.v1 import vocabulary_pb2 as words

        released = scenario.verdict == words.VERDICT_RELEASE
        # Who is to be released is to be released every time; a risk may add up to its verdict.
        judged = decisions if released else decisions[-1:]
        drawn = [d for d in judged if d.code_class == words.CODE_CLASS_RANDOM_CHECK]
        last = drawn[-1] if drawn and released else decisions[-1]
        if all(d.verdict == scenario.verdict for d in judged):
            story.outcome = AS_EXPECTED
        elif drawn and all(d.verdict == scenario.verdict or d in drawn for d in judged):
            story.outcome = DRAWN
            story.lines.append(
                "One release in two hundred is checked at random, and this was one: the draw is "
                "a keyed hash of the case, never rolled again."
            )
        story.decision_id = last.decision_id
        if len(decisions) > 1:
            story.lines.append("Verdicts in order: " + " ".join(story.verdicts) + ".")
        story.lines += list(_account(last, answered[decisions.index(last)]))
        story.facts |= {"log_odds": last.score.log_odds, "probability": last.score.probability}
        if scenario.down:
            down = ", ".join(outage.device for outage in scenario.down)
            required = ", ".join(e.stream for e in last.evidence if e.required) or "nothing"
            evidence = [
                f"{e.stream} {enum_word(decision_pb2.EvidenceStatus, e.status) or 'ABSENT'}"
                for e in last.evidence
            ]
            story.lines.append(
                f"{down} is down. This lane requires {required}; there was {', '.join(evidence)}."
            )

    def _pushed(self, story: Story, scenario: Scenario, asked: Asked) -> None:
        """Look for what was to be pushed, and when it came."""
        from haechi.rpc.v1 import vocabulary_pb2 as words

        assert asked.answer is not None
        gate = asked.item.event.gate_event.gate
        about = self._watcher.about(asked.answer.case_reference)
        before = scenario.pushed in (words.DECISION_KIND_STANDING, words.DECISION_KIND_ALERT)
        if before:
            found = [
                p
                for p in about
                if p.answer.verdict == scenario.verdict and p.gate == gate
                and p.at_s < asked.asked_s
            ]  # fmt: skip
        else:
            found = [p for p in about if p.answer.kind == scenario.pushed]
        kinds = [_kind(p) for p in about]
        story.facts["pushed"] = kinds
        if not found:
            story.outcome = OTHERWISE
            story.lines.append(f"Pushed about this case: {', '.join(kinds) or 'nothing'}.")
            return
        push = found[0]
        if before:
            ahead_ms = (asked.asked_s - push.at_s) * 1000
            story.facts["ahead_ms"] = round(ahead_ms, 1)
            story.lines.append(
                f"{_kind(push)} reached {gate} on Watch {ahead_ms:.0f} ms before it asked."
            )
            others = [_kind(p) for p in about if p.at_s < asked.asked_s and p not in found]
            if others:
                story.lines.append(
                    f"Pushed before that, site-wide or elsewhere: {', '.join(others)}."
                )
            return
        decision = self._decision(push.answer.decision_id)
        story.decision_id = decision.decision_id
        story.facts |= {
            "log_odds": decision.score.log_odds,
            "probability": decision.score.probability,
        }
        story.lines.append(f"Then pushed: {_kind(push)}, {verdict_of(decision)},")
        story.lines += [f"  {numbers_of(decision)}", *(f"    {r}" for r in reasons_of(decision))]

    def _learned(self, story: Story, decisions: list[Decision]) -> None:
        """Compare the score before and after."""
        before, after = decisions[0], decisions[-1]
        rise = after.score.log_odds - before.score.log_odds
        labels = after.versions.learned - before.versions.learned
        story.outcome = AS_EXPECTED if rise > 0 and labels > 0 else OTHERWISE
        story.decision_id = after.decision_id
        story.facts |= {
            "before_log_odds": before.score.log_odds,
            "after_log_odds": after.score.log_odds,
            "before_probability": before.score.probability,
            "after_probability": after.score.probability,
            "outcomes_between": labels,
        }
        changed = (
            f"Between them the parcel model learned {labels} outcomes, and the score rose by "
            f"{rise:+.3f} log-odds. Reasons now:"
        )
        story.lines += [
            f"Before: {verdict_of(before)}, {numbers_of(before)}",
            f"After:  {verdict_of(after)}, {numbers_of(after)}",
            changed,
            *(f"    {r}" for r in reasons_of(after)),
        ]


def _account(decision: Decision, asked: Asked) -> Iterator[str]:
    yield f"{verdict_of(decision)}, told in {asked.latency_ms:.1f} ms; {numbers_of(decision)}"
    yield from (f"    {reason}" for reason in reasons_of(decision))


def _kind(pushed: Pushed) -> str:
    from haechi.rpc.v1 import vocabulary_pb2 as words

    kind = enum_word(words.DecisionKind, pushed.answer.kind)
    return f"{kind} {enum_word(words.Verdict, pushed.answer.verdict)}"
