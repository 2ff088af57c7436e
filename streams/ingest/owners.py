"""Whose a name is: events follow it to the subject that they are about.

Bags belong to travelers, documents and waybills to whoever has an id of the site, names that were
merged to the one that stays. An event under a name that nobody owns yet goes on under that name,
and waits a while: should its owner become known, it is sent there too, with the same id.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, MutableMapping
from typing import Final

from haechi.streams.ingest.routes import Named, Owner

MOST_HOPS: Final = 8
"""Names that an event follows; more can only be a circle that identity links made."""

MOST_WAITING: Final = 16
"""Events kept for a name without an owner, the latest ones."""

MOST_WAITING_BYTES: Final = 16 << 10
"""A larger event does not wait; a bag's scan has a few hundred bytes."""

Owners = MutableMapping[str, list[str | int]]
"""Owner's key, version, and whether that key is loose (1), by a name's key."""

Waiting = MutableMapping[str, list[str]]
"""Events in base64, by a name's key."""


class Follower:
    """Follows names, with the tables of the partition that it is asked about.

    Parameters
    ----------
    owners, waiting
        The tables.
    """

    def __init__(self, owners: Owners, waiting: Waiting) -> None:
        self._owners: Final = owners
        self._waiting: Final = waiting

    def state(self, owner: Owner) -> Iterator[Named]:
        """Take a statement; events that waited for it go to the owner.

        Parameters
        ----------
        owner
            What is stated; an older one than known changes nothing.
        """
        known = self._owners.get(owner.key)
        if known and owner.version < int(known[1]):
            return
        stated: list[str | int] = [owner.owner, owner.version, int(owner.loose)]
        if known != stated:
            self._owners[owner.key] = stated
        if owner.owner in ("", owner.key):
            return
        for event in self._waiting.get(owner.key) or ():
            yield Named(owner.owner, b64decode(event), owner.loose)
        # After the last was handed out: who dies between sends them again.
        self._waiting.pop(owner.key, None)

    def follow(self, named: Named, hops: int) -> Named:
        """Tell under which name an event goes on; its own if it has arrived.

        Parameters
        ----------
        named
            The event under a name.
        hops
            Names that it has followed so far.
        """
        owner, _, loose = self._owners.get(named.key) or ("", 0, 0)
        if owner not in ("", named.key) and hops < MOST_HOPS:
            return Named(str(owner), named.event, bool(loose))
        if named.loose and len(named.event) <= MOST_WAITING_BYTES:
            kept = self._waiting.get(named.key) or []
            text = b64encode(named.event).decode()
            if text not in kept:
                self._waiting[named.key] = [*kept, text][-MOST_WAITING:]
        return named
