"""When figures are due, and what has to be told then."""

from __future__ import annotations

import time

from haechi.configs.monitor import MonitorConfig
from haechi.streams.monitor.monitor import Monitor
from haechi.streams.monitor.outlet import Outlet


class Reports:
    """Decides when figures are due, and hands them on.

    Parameters
    ----------
    config
        How often.
    outlet
        Where rows go.
    """

    def __init__(self, config: MonitorConfig, outlet: Outlet) -> None:
        self._config = config
        self._outlet = outlet
        self._labels = -1
        self._stamp_us = 0
        self._at = time.monotonic()
        self._told_off: set[tuple[int, str]] = set()

    def begin(self, monitor: Monitor) -> None:
        """Count from here."""
        self._labels, self._stamp_us = monitor.labels, monitor.stamp_us

    def report(self, monitor: Monitor, *, now: bool = False) -> None:
        """Hand on what is due: by labels, by the log's time, or by the clock if it is quiet."""
        for alarm in monitor.logged:
            self._outlet.put_alarm(alarm)
        monitor.logged.clear()
        new = monitor.labels - self._labels
        every_s = self._config.every_s
        passed = monitor.stamp_us - self._stamp_us >= every_s * 1_000_000
        quiet = time.monotonic() - self._at >= every_s
        due = new >= self._config.every_labels or (new and (passed or quiet or now))
        off = [one for one in monitor.switched_off() if (one.of, one.name) not in self._told_off]
        if not due and not off:
            return
        figures = [
            figure
            for node, lane in (monitor.quality.take_changed() if due else ())
            for figure in monitor.quality.figures(node, lane)
        ]
        self._outlet.put_figures(monitor.label_offset, monitor.label_stamp_us, figures)
        for one in off:
            self._told_off.add((one.of, one.name))
            self._outlet.put_off(
                monitor.offset, monitor.stamp_us, one.of, one.name, one.learned, one.off
            )
        if due:
            self._labels, self._stamp_us = monitor.labels, monitor.stamp_us
            self._at = time.monotonic()
