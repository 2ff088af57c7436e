"""Processes that a standby keeps beside itself: its snapshots and, once promoted, its shipper."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Final

from haechi.app.child import Child
from haechi.app.folder import DataFolder
from haechi.app.terminal import say

if TYPE_CHECKING:
    from haechi.configs.profile import Profile

_STOP_S: Final = 20.0


class Beside:
    """Keeps them alive, and ends them with its ``with`` block.

    Parameters
    ----------
    args
        The command line, for its profile and configuration.
    folder
        The data directory.
    profile
        How this machine runs.

    Attributes
    ----------
    children
        Those that were started.
    """

    def __init__(self, args: argparse.Namespace, folder: DataFolder, profile: Profile) -> None:
        self._folder = folder
        self._profile = profile
        self._given = ["--data", str(folder.root)]
        for name in ("profile", "configs"):
            path = getattr(args, name)
            if path is not None:
                self._given += [f"--{name}", str(path.resolve())]
        self._lifeline, self._end_of_lifeline = os.pipe()
        self.children: Final[list[Child]] = []

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children:
            child.stop(_STOP_S)
        os.close(self._lifeline)
        os.close(self._end_of_lifeline)

    def write_snapshots(self) -> None:
        """Write them here, if the profile has them on, so that the primary need not."""
        snapshots = self._profile.snapshots
        if snapshots.on:
            self._start("snapshot", "--every", str(snapshots.every_minutes))

    def ship(self) -> None:
        """Ship what is decided here, if the profile names a store that both machines reach."""
        if self._profile.store.address:
            self._start("ship")

    def _start(self, name: str, *more: str) -> None:
        child = Child(
            name,
            lambda: [name, *self._given, *more],
            self._lifeline,
            (),
            say,
            lambda *_: None,
            self._folder.run / f"{name}.log",
        )
        self.children.append(child)
        child.start()
