"""All that a run of the demo found out, and whether it is as it must be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from haechi.app.demo.story import OTHERWISE

if TYPE_CHECKING:
    from haechi.app.demo.cctv import Cctv
    from haechi.app.demo.declarations import Fed
    from haechi.app.demo.figures import Detection
    from haechi.app.demo.plan import Plan
    from haechi.app.demo.proofs import Kept
    from haechi.app.demo.store_figures import Waiting
    from haechi.app.demo.story import Story


_MOST_UNEXPLAINED: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Played:
    """How the day went.

    Parameters
    ----------
    items
        Items that were sent, repetitions too.
    seconds
        How long it took, and for how much of it the clock stood still.
    verdicts
        The gates' answers by verdict.
    repeated, repeated_differently
        Questions asked twice, and those that got another answer.
    refused
        Name, code and reason of what was refused.
    stood_in
        Provisional answers that gates had got first, by code class.
    pushed, acknowledged
        Decisions that came over Watch, and those that were acknowledged.
    """

    items: int
    seconds: float
    held_s: float
    verdicts: dict[str, int]
    repeated: int
    repeated_differently: int
    refused: list[tuple[str, str, str]]
    stood_in: dict[str, int]
    pushed: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class Killed:
    """How the engine's death went.

    Parameters
    ----------
    in_flight
        Items in flight at that moment.
    gone_s
        Until the next start acknowledged something, seconds.
    resent
        Events that were handed in again with the same ids.
    before, after
        What became of what had been acknowledged before, and of all.
    """

    in_flight: int
    gone_s: float | None
    resent: int
    before: Kept
    after: Kept


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that is printed at the end."""

    data: str
    plan: Plan
    played: Played
    killed: Killed
    stories: list[Story]
    cctv: Cctv
    detection: Detection
    queue: list[Waiting]
    clocks: dict[str, Any]
    dead_letters: dict[str, int]
    shipped: Any
    replay: dict[str, Any]
    chain: dict[str, Any]
    fed: Fed | None

    def faults(self) -> list[str]:
        """What is not as it must be; empty if all is."""
        found = [
            f"{story.told} Expected {story.expected}; got {' '.join(story.verdicts) or 'nothing'}."
            for story in self.stories
            if story.outcome == OTHERWISE
        ]
        found += self.cctv.faults
        if self.killed.gone_s is None:
            found.append("The engine was not seen to resume after it was killed.")
        if not (self.killed.before.good and self.killed.after.good):
            found.append("Acknowledged decisions were lost or changed.")
        if self.played.repeated_differently:
            found.append("A question that was asked twice got two answers.")
        if self.played.refused:
            name, code, reason = self.played.refused[0]
            found.append(
                f"{len(self.played.refused)} events were refused: {name}: {code}: {reason}"
            )
        if not self.shipped.exact:
            found.append("ClickHouse does not hold exactly what the log does.")
        if self.replay.get("unexplained", 0.0) > _MOST_UNEXPLAINED:
            found.append(
                f"Contributions miss the log-odds by up to {self.replay['unexplained']:g}; "
                f"{_MOST_UNEXPLAINED:g} is allowed"
            )
        if not self.replay["identical"]:
            found.append(
                f"Replay is not identical: {self.replay['message'] or 'not all was compared'}"
            )
        if not self.chain["whole"]:
            found.append(f"The chain does not verify: {self.chain['message']}")
        if self.fed is not None and not self.fed.good:
            found.append(f"Not every row of {self.fed.file.name} is decided and in ClickHouse.")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Give it to machines."""
        killed = asdict(self.killed)
        tables = {
            name: {
                "logged": c.logged,
                "stored": c.stored,
                "missing": c.missing,
                "doubled": c.doubled,
                "different": c.different,
                "orphans": c.orphans,
            }
            for name, c in self.shipped.tables.items()
        }
        return {
            "good": not self.faults(),
            "faults": self.faults(),
            "data": self.data,
            "seed": self.plan.seed,
            "acceleration": self.plan.acceleration,
            "oversampling": self.plan.prevalence().oversampling,
            "prevalence_shown": self.plan.prevalence().shown,
            "played": asdict(self.played),
            "killed": killed,
            "stories": [asdict(story) for story in self.stories],
            "cctv": self.cctv.as_dict(),
            "detection": self.detection.as_dict(),
            "queue": [asdict(waiting) for waiting in self.queue],
            "clocks_ms": self.clocks,
            "dead_letters": self.dead_letters,
            "clickhouse": {"exact": self.shipped.exact, "tables": tables},
            "replay": self.replay,
            "chain": self.chain,
            "declarations": self.fed.as_dict() if self.fed else None,
        }
