"""A policy whose lanes promise a hold rate at the stage that settles a case."""

from __future__ import annotations

from pathlib import Path

from benchmarks.detection import HELD, LANES, SETTLED
from haechi.configs.port import config_text


def promised(folder: Path) -> Path:
    """Write the packaged lanes with the hold rates of ``detection`` into a folder; the folder.

    Raises
    ------
    ValueError
        If a lane is packaged without the stage that settles its cases.
    """
    text = config_text("lanes.toml")
    for lane, (_, of) in LANES.items():
        head = f"[lane.{lane}.stage.{SETTLED[of].name}]\n"
        if text.count(head) != 1:
            raise ValueError(f"lanes.toml has no {head.strip()} of its own to promise a rate for")
        text = text.replace(head, f"{head}hold_rate = {HELD[of]}\n")
    (folder / "lanes.toml").write_text(text, "utf-8")
    return folder
