"""How commands talk: results on standard output, everything else on standard error.

Progress is a bar on a terminal and one quiet line elsewhere; what is done within two seconds
shows neither.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_S: Final = 2.0
"""What takes no longer needs no progress."""

_LINE_EVERY_S: Final = 30.0


def say(text: str) -> None:
    """Tell a person something that is no result."""
    print(text, file=sys.stderr, flush=True)


def emit_json(value: Any) -> None:
    """Print a result for machines; what JSON cannot hold (NaN) becomes null."""
    print(json.dumps(finite(value), ensure_ascii=False), flush=True)


def finite(value: Any) -> Any:
    """Replace what JSON has no word for."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return value


def columns(rows: Iterable[Sequence[str]], indent: str = "  ") -> str:
    """Lay rows out in columns."""
    kept = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*kept, strict=True)] if kept else []
    lines = (
        indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in kept
    )
    return "\n".join(line.rstrip() for line in lines)


class Phases:
    """Shows how far something long has come.

    Parameters
    ----------
    quiet
        Show nothing at all.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._text = ""
        self._since = self._told = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def show(
        self, text: str, done: int = 0, total: int | None = None, *, at_once: bool = False
    ) -> None:
        """Tell what goes on now.

        Parameters
        ----------
        text
            What is being done.
        done, total
            How far it is; a total of None is not known.
        at_once
            Known to take long: do not wait for two seconds to pass.
        """
        if self._quiet:
            return
        now = time.monotonic()
        if text != self._text:
            self.close()
            self._text, self._since, self._told = text, now, 0.0
        if not at_once and now - self._since < PATIENCE_S:
            return
        if self._terminal:
            self._draw(text, done, total)
        elif now - self._told > _LINE_EVERY_S:
            self._told = now
            say(f"{text}: {done:,} of {total:,}" if total else f"{text} ...")

    def _draw(self, text: str, done: int, total: int | None) -> None:
        if self._bar is None:
            # Rich takes a tenth of a second to import; only who waits pays for it.
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[count]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task(text, total=total, count="")
        assert self._task is not None
        count = f"{done:,} of {total:,}" if total else ""
        self._bar.update(self._task, description=text, completed=done, total=total, count=count)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None
        self._text = ""
