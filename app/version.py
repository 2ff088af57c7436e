"""`haechi version`: which build this is, and what it computes with."""

from __future__ import annotations

import argparse
import importlib.metadata
import sys

from haechi.app.arguments import Commands, command, json_option
from haechi.app.exits import OK
from haechi.app.terminal import columns, emit_json


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "version",
        run,
        "print the build, and the numbers that replay depends on",
        "haechi version\nhaechi version --json",
        details="Two machines with the same build and numeric fingerprint replay each other's "
        "logs bit for bit.",
    )
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Print it."""
    # Numba takes half a second to import.
    from haechi.engine.build import BUILD_HEX
    from haechi.engine.features import VERSION
    from haechi.engine.fingerprint import numeric_fingerprint

    facts = {
        "version": importlib.metadata.version("haechi"),
        "build": BUILD_HEX,
        "features": f"{VERSION:016x}",
        "numeric_fingerprint": numeric_fingerprint().hex(),
        "python": sys.version.split()[0],
        **{name: importlib.metadata.version(name) for name in ("numba", "numpy", "bytewax")},
    }
    if args.json:
        emit_json(facts)
    else:
        print(columns(((name.replace("_", " "), value) for name, value in facts.items()), ""))
    return OK
