"""A store to ask: the one that runs, or one that is started for the time of a command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from haechi.app.folder import DataFolder
from haechi.app.installation import Installation
from haechi.app.terminal import Phases
from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.configs.profile import Profile


@contextmanager
def serving(args: argparse.Namespace, profile: Profile) -> Iterator[None]:
    """Have the store of a data directory, or of the profile, answer meanwhile.

    Raises
    ------
    ConfigError
        If there is none.
    """
    folder = DataFolder(args.data.resolve())
    if profile.store.address or folder.address("store") is not None:
        yield
        return
    if not folder.store.is_dir():
        raise ConfigError(
            f"no store in {folder.root}: give the installation's data directory with --data, or "
            "start one with: haechi up"
        )
    with Phases() as phases:
        phases.show("starting the store for this command")
        running = Installation(args.data, args.profile, any_port=True, engine=False)
        running.start()
    try:
        yield
    finally:
        running.stop()
