"""Whether the machine was quiet enough for figures that depend on it, and if not, why.

Linux counts what every core did; what is neither idle nor ours was somebody else's. Ratios of
calls that alternate in one run, and counts, do not depend on it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

_STAT: Final = Path("/proc/stat")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_IDLE: Final = slice(3, 5)
_STOLEN: Final = 7
_COUNTED: Final = 8
"""User, nice, system, idle, waiting for disks, two kinds of interrupts, stolen; not guests, who are
counted as users already."""

LOAD_MOST: Final = 0.5
"""Who waited for a core in the minute before, a core: above, the run begins in another's wake."""
STOLEN_MOST: Final = 0.01
"""Share of the time that a hypervisor took away: with more, p99 is the hypervisor's."""
OTHERS_MOST: Final = 0.05
"""Share of the time that others used. The kernel's own threads, which write for us, are in it."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What the cores have done so far, seconds.

    Parameters
    ----------
    total
        All of it.
    busy
        Computing, for whomever.
    stolen
        Taken away by a hypervisor.
    own
        Computing for this process and those of its children that have ended.
    """

    total: float
    busy: float
    stolen: float
    own: float

    @classmethod
    def now(cls, cores: frozenset[int], stat: Path = _STAT) -> Self:
        """Read them for some cores; all zero where the system does not tell."""
        spent = os.times()
        own = spent.user + spent.system + spent.children_user + spent.children_system
        names = {f"cpu{core}" for core in cores}
        total = busy = stolen = 0
        try:
            lines = stat.read_text("utf-8").splitlines()
        except OSError:
            lines = []
        for name, *told in filter(None, map(str.split, lines)):
            if name in names:
                ticks = [int(one) for one in told[:_COUNTED]]
                total += sum(ticks)
                stolen += ticks[_STOLEN]
                busy += sum(ticks) - sum(ticks[_IDLE]) - ticks[_STOLEN]
        return cls(total / _TICKS, busy / _TICKS, stolen / _TICKS, own)


def judge(load: float, cores: int, before: Counters, after: Counters) -> dict[str, Any]:
    """Say whether absolute figures of a run may be published.

    Parameters
    ----------
    load
        Load average of the minute before the run.
    cores
        Cores of the machine.
    before, after
        What the run's cores had done at its beginning and at its end.

    Returns
    -------
    ``publishable``, ``why`` not (sentences, none if publishable), and the shares that decided.
    """
    why = [] if (told := crowded(load, cores)) is None else [told]
    total = after.total - before.total
    if total <= 0:
        why.append("the system does not tell what its cores did")
        return {"publishable": False, "why": why}
    stolen = (after.stolen - before.stolen) / total
    others = max(0.0, (after.busy - before.busy) - (after.own - before.own)) / total
    if stolen > STOLEN_MOST:
        why.append(f"{stolen:.1%} of the cores' time was stolen (at most {STOLEN_MOST:.0%})")
    if others > OTHERS_MOST:
        why.append(f"others used {others:.0%} of the cores' time (at most {OTHERS_MOST:.0%})")
    shares = {"stolen": round(stolen, 4), "others": round(others, 4)}
    return {"publishable": not why, "why": why, **shares}


def crowded(load: float, cores: int) -> str | None:
    """Why a run had better not begin now, or None."""
    if load <= LOAD_MOST * cores:
        return None
    return f"load {load:.2f} on {cores} cores before (at most {LOAD_MOST * cores:g})"


class Watch:
    """Watches what else the machine does from now on.

    Parameters
    ----------
    load
        Load average of the minute before.
    """

    def __init__(self, load: float) -> None:
        # A benchmark may bind itself to fewer cores later; its children stay on these.
        self._watched = frozenset(os.sched_getaffinity(0))
        self._load = load
        self._cores = os.cpu_count() or 1
        self._before = Counters.now(self._watched)

    def crowded(self) -> str | None:
        """Why the run had better not begin now, or None."""
        return crowded(self._load, self._cores)

    def judged(self) -> dict[str, Any]:
        """Say whether absolute figures taken since may be published."""
        after = Counters.now(self._watched)
        return judge(self._load, self._cores, self._before, after)
