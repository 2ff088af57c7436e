"""From one poller to all pages: the newest snapshot, and who waits for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

MOST: Final = 200
"""Pages at a time."""


class Hub:
    """Hands each snapshot to every page, as an event of a stream.

    A page that is slow gets the newest one, never a queue of old ones.
    """

    def __init__(self) -> None:
        self._open = 0
        self._closed = False
        self._number = 0
        self._whole = b""
        self._masked = b""
        self._changed = asyncio.Condition()
        self._looked_at = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether one more page would be too many."""
        return self._open >= MOST

    async def somebody(self) -> None:
        """Wait until somebody looks."""
        await self._looked_at.wait()

    def tell(self, snapshot: dict[str, Any]) -> None:
        """Hand a snapshot to all pages, written once for those who may see reasons, once not."""
        self._number += 1
        self._whole = _event(snapshot)
        self._masked = _event(masked(snapshot))
        self._wake()

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        async def wake() -> None:
            async with self._changed:
                self._changed.notify_all()

        self._waking = asyncio.get_running_loop().create_task(wake())

    async def follow(self, *, whole: bool) -> AsyncIterator[bytes]:
        """Give the events of one page, the newest at once; none if the hub is full."""
        # Pages that come together all found room before the first of them was counted.
        if self.full:
            return
        self._open += 1
        self._looked_at.set()
        try:
            seen = 0
            while not self._closed:
                if seen == self._number:
                    async with self._changed:
                        await self._changed.wait_for(
                            lambda: self._closed or self._number != seen  # noqa: B023
                        )
                    continue
                seen = self._number
                yield self._whole if whole else self._masked
        finally:
            self._open -= 1
            if not self._open:
                self._looked_at.clear()


def masked(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a snapshot what is for officers only: reasons, and who has a task."""
    hidden = ("top", "weights")
    waiting = snapshot["waiting"]
    return {
        **snapshot,
        "stops": [
            {key: value for key, value in row.items() if key not in hidden}
            for row in snapshot["stops"]
        ],
        "waiting": {
            **waiting,
            "tasks": [
                {key: value for key, value in task.items() if key != "taken_by"}
                for task in waiting["tasks"]
            ],
        },
    }


def _event(snapshot: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(snapshot, separators=(",", ":")).encode() + b"\n\n"
