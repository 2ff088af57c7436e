"""One run of the demo on a running installation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app.demo import cctv, figures, proofs, store_figures
from haechi.app.demo.crew import Crew
from haechi.app.demo.declarations import feed
from haechi.app.demo.driver import Driver
from haechi.app.demo.ledger import Ledger
from haechi.app.demo.records import Records
from haechi.app.demo.story import Storyteller
from haechi.app.demo.strike import Strike
from haechi.app.demo.summary import Killed, Played, Summary

if TYPE_CHECKING:
    from haechi.app.demo.plan import Plan
    from haechi.app.demo.watcher import Watcher
    from haechi.app.installation import Installation
    from haechi.app.terminal import Phases
    from haechi.streams.simulator import Port, Scenario

_SETTLE_S: Final = 1.5
"""Observed deliveries are written once a second."""


class Run:
    """Plays the day, then looks at what is left of it.

    Parameters
    ----------
    installation
        What runs.
    plan
        What is played.
    phases, say
        Show progress, and tell a person.
    stop
        Set to end early.
    """

    def __init__(
        self,
        installation: Installation,
        plan: Plan,
        phases: Phases,
        say: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self._installation = installation
        self._plan = plan
        self._phases = phases
        self._say = say
        self._stop = stop
        self._ledger = Ledger()

    def play(self, port: Port, scenarios: list[Scenario], file: Path | None) -> Summary | None:
        """Play the day and judge it; None if it was ended early.

        Parameters
        ----------
        port, scenarios
            What happens.
        file
            Real declarations to feed afterwards, or None.
        """
        installation, plan, ledger = self._installation, self._plan, self._ledger
        clock = plan.clock()
        strike = Strike(installation, ledger, plan.strike_us, self._tell)
        began = time.monotonic()
        with Crew(installation, self._stop) as crew:
            driver = Driver(
                port, crew, clock, ledger, plan.end_us, self._stop, self._looking(strike)
            )
            extra = [item for scenario in scenarios for item in scenario.items]
            driver.play([*port.items, *extra])
            took_s = time.monotonic() - began
            self._stop.wait(_SETTLE_S)
        if self._stop.is_set():
            return None
        ledger.settle()
        watcher = crew.watcher
        self._tell(f"the day is over: {driver.sent:,} items in {took_s:.0f} s")
        played = Played(
            items=driver.sent,
            seconds=round(took_s, 1),
            held_s=round(clock.held_s, 1),
            verdicts=figures.verdicts(ledger),
            repeated=ledger.repeated,
            repeated_differently=ledger.repeated_differently,
            refused=ledger.refused,
            stood_in=dict(ledger.stood_in),
            pushed=len(watcher.pushed),
            acknowledged=watcher.acknowledged,
        )
        cameras = cctv.play(installation, self._phases, self._stop)
        return self._judge(port, scenarios, file, played, strike, crew.resent, watcher, cameras)

    def _judge(
        self,
        port: Port,
        scenarios: list[Scenario],
        file: Path | None,
        played: Played,
        strike: Strike,
        resent: int,
        watcher: Watcher,
        cameras: cctv.Cctv,
    ) -> Summary | None:
        installation, ledger, phases = self._installation, self._ledger, self._phases
        installation.wait_shipped()
        client = installation.clickhouse()
        with Records(installation.folder) as records:
            head = records.reader.head()
            until = head.offset + 1 if head else 0
            clocks = store_figures.clocks(installation, client, ledger, until)
            queue = store_figures.queue(client)
            teller = Storyteller(ledger, watcher, records)
            stories = [teller.tell(scenario) for scenario in scenarios]
            before = proofs.kept(ledger, records, strike.acknowledged)
            after = proofs.kept(ledger, records)
            fed = feed(installation, file, phases) if file is not None else None
            if self._stop.is_set():
                return None
            phases.show("comparing ClickHouse with the log")
            shipped = proofs.shipped(installation, records, client)
            replay = proofs.replayed(records, lambda n, of: phases.show("replaying", n, of))
            chain = proofs.chain(records, lambda n, of: phases.show("verifying the chain", n, of))
            phases.close()
        return Summary(
            data=str(installation.folder.root),
            plan=self._plan,
            played=played,
            killed=Killed(strike.in_flight, strike.gone_s(), resent, before, after),
            stories=stories,
            cctv=cameras,
            detection=figures.detection(port, ledger),
            queue=queue,
            clocks=clocks,
            dead_letters=store_figures.dead_letters(client),
            shipped=shipped,
            replay=replay,
            chain=chain,
            fed=fed,
        )

    def _looking(self, strike: Strike) -> Callable[[int, int], None]:
        """Strike in time, and show how late the day is."""
        plan = self._plan
        told = False

        def look(event_us: int, in_flight: int) -> None:
            nonlocal told
            strike.look(event_us, in_flight)
            if strike.struck and not told and (gone_s := strike.gone_s()) is not None:
                told = True
                self._tell(f"engine back: it was gone for {gone_s:.1f} s")
            minute = max(0, event_us - plan.start_us) // 60_000_000
            last = (plan.end_us - plan.start_us) // 60_000_000
            self._phases.show("the port's day, in minutes", minute, last, at_once=True)

        return look

    def _tell(self, text: str) -> None:
        self._phases.close()
        self._say(text)
