"""What a standby keeps beside itself lives as long as it does, and only what its profile wants."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from haechi.app.beside import Beside
from haechi.app.configuration import load_profile
from haechi.app.folder import DataFolder


def test_snapshots_are_written_beside_a_standby_as_long_as_it_runs(data: Path) -> None:
    folder = DataFolder(data)
    folder.make()
    args = argparse.Namespace(profile=None, configs=None)
    with Beside(args, folder, load_profile(None)) as beside:
        beside.write_snapshots()
        (child,) = beside.children
        assert child.wait_ready(60)
        assert child.name == "snapshot"
    assert child.pid is None


def test_nothing_runs_that_the_profile_does_not_want(data: Path) -> None:
    profile = load_profile(None)
    off = replace(profile, snapshots=replace(profile.snapshots, on=False))
    with Beside(argparse.Namespace(profile=None, configs=None), DataFolder(data), off) as beside:
        beside.write_snapshots()
        # Without a store's address in the profile there is none that both machines reach.
        beside.ship()
        assert not beside.children
