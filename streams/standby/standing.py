"""What one copy of a log is: the primary's, a standby's, or one that another was promoted over.

It stands in ``standing.json`` beside the segments; a log without it is a primary's that never had
another copy. Epochs count starts, and the upper half of an epoch counts promotions: whatever a
superseded engine still writes has a lower epoch than all that a promoted one writes.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from haechi.engine.errors import ConfigError, LogCorrupt

STANDING: Final = "standing.json"
_STARTS_BITS: Final = 32

STATES: Final = ("none", "following", "synchronous", "alone")
"""What the standby is: there need be none; there is one though none is needed; answers wait for it;
they were to wait, and none keeps up."""


class Superseded(ConfigError):
    """Another copy of this log was promoted: this one must not decide any more."""


class Part(StrEnum):
    """What a copy is for."""

    PRIMARY = "primary"
    STANDBY = "standby"
    CHOSEN = "chosen"
    """A standby that is the primary from its next start on."""
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a copy is.

    Parameters
    ----------
    part
        What it is for.
    peer
        Address of the other copy's engine, or empty: followed, superseded, or promoted.
    epoch
        Least epoch of the promoted copy; 0 if none was promoted.
    offset
        Where the promoted copy began to write; -1 if not known here.
    """

    part: Part = Part.PRIMARY
    peer: str = ""
    epoch: int = 0
    offset: int = -1

    @property
    def promoted(self) -> bool:
        """Whether it took the place of another copy."""
        return self.part is Part.PRIMARY and self.epoch > 0


def read_standing(log: Path) -> Standing:
    """What the copy in a folder is.

    Raises
    ------
    LogCorrupt
        If the note cannot be read.
    """
    path = log / STANDING
    try:
        noted = json.loads(path.read_text("utf-8"))
        return Standing(
            Part(noted["part"]), str(noted["peer"]), int(noted["epoch"]), int(noted["offset"])
        )
    except FileNotFoundError:
        return Standing()
    except (ValueError, KeyError, TypeError) as error:
        raise LogCorrupt(
            -1, f"{path} cannot be read ({error}); restore it, or the whole log from a backup"
        ) from error


def write_standing(log: Path, standing: Standing) -> None:
    """Note what the copy is, in one step, and so that it survives a power loss."""
    log.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = log / f".{STANDING}.{os.getpid()}"
    with partial.open("w", encoding="utf-8") as file:
        json.dump(asdict(standing), file)
        file.flush()
        os.fsync(file.fileno())
    partial.chmod(0o600)
    partial.replace(log / STANDING)


def choose(log: Path) -> Standing:
    """Have a standby's copy be the primary's from its next start on.

    Raises
    ------
    ConfigError
        If it is no standby's.
    """
    standing = read_standing(log)
    if standing.part is Part.CHOSEN or standing.promoted:
        return standing
    if standing.part is not Part.STANDBY:
        raise ConfigError(
            f"{log} is the log of a {standing.part} and no standby's: make one with "
            "haechi follow --from HOST:PORT, and promote that"
        )
    chosen = replace(standing, part=Part.CHOSEN)
    write_standing(log, chosen)
    return chosen


def check_office(log: Path) -> Standing:
    """What a copy is that may decide and be shipped, or may from its next start on.

    Raises
    ------
    Superseded
        If another copy was promoted over it.
    ConfigError
        If it is a standby's.
    """
    standing = read_standing(log)
    if standing.part is Part.SUPERSEDED:
        raise Superseded(
            f"the log {log} was superseded: {standing.peer or 'another copy'} was promoted with "
            f"epoch {standing.epoch}. Use that engine; to be its standby, keep this data "
            f"directory aside and start: haechi follow --from {standing.peer or 'HOST:PORT'} "
            "with a new --data"
        )
    if standing.part is Part.STANDBY:
        raise ConfigError(
            f"the log {log} is a standby's copy of {standing.peer}, which may still decide: to "
            "follow, use haechi follow; if that engine is gone, haechi promote"
        )
    return standing


def take_office(log: Path, epoch: int, next_offset: int) -> tuple[int, bool]:
    """Have a copy decide, if it may.

    Parameters
    ----------
    log
        Where it lies.
    epoch
        Highest epoch in it.
    next_offset
        Where it ends.

    Returns
    -------
    Epoch after which its start counts, and whether this start is a promotion.

    Raises
    ------
    Superseded
        If another copy was promoted over it.
    ConfigError
        If it is a standby's.
    """
    standing = check_office(log)
    promotion = standing.part is Part.CHOSEN
    if promotion:
        # Noted before the start is: a crash between the two promotes once, from the same place.
        first = ((epoch >> _STARTS_BITS) + 1) << _STARTS_BITS
        standing = Standing(Part.PRIMARY, standing.peer, first, next_offset)
        write_standing(log, standing)
    return max(epoch, standing.epoch), promotion


def give_up_office(log: Path, peer: str, epoch: int) -> Superseded:
    """Note that another copy was promoted over this one, and give the reason to end with."""
    write_standing(log, Standing(Part.SUPERSEDED, peer, epoch))
    return Superseded(
        f"{peer or 'another copy'} was promoted with epoch {epoch}: this engine decides nothing "
        "any more"
    )
