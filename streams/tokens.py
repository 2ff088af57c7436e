"""Keyed hashes of names: what the core sees instead of passports, waybills and codes.

A name outside is a string; inside it is 64 bits of BLAKE2b under a key that is made at the
first start and kept in the data directory. Without the key a token leads back to nobody, and
with it the same name gives the same token for as long as the log is kept.

Names are normalised first, because one passport is typed, scanned and sent in many ways:
Unicode NFKC, case folded, outer blanks removed. Kinds in :data:`VERBATIM` keep their case:
other systems issue them, often in base64, and folding could make two subjects one.
"""

from __future__ import annotations

import hashlib
from typing import Final
from unicodedata import normalize

KEY_BYTES: Final = 32

VERBATIM: Final = frozenset(
    {
        "event",
        "list_entry",
        "traveler",
        "parcel",
        "consignee",
        "address",
        "phone",
        "sender",
        "payment",
        "presentation",
    }
)
"""Kinds whose names keep their case; of all others only the folded form counts."""

REMEMBERED: Final = 1 << 15
"""Tokens kept ready, about 10 MB: a hash costs ten times what a look-up does."""

REMEMBERED_LENGTH: Final = 96
"""Longer names are hashed anew each time, so that nobody can fill the memory with them."""


def normalised(kind: str, name: str) -> str:
    """Bring a name into the one form that is hashed.

    Parameters
    ----------
    kind
        What it names; kinds in :data:`VERBATIM` keep their case.
    name
        As it came.
    """
    if name.isascii():
        # For ASCII, NFKC changes nothing and folding is lowering: ten times faster.
        return name.strip() if kind in VERBATIM else name.lower().strip()
    name = normalize("NFKC", name)
    if kind not in VERBATIM:
        # Folding can undo the normal form (a final sigma, a dotted I): normalise once more.
        name = normalize("NFKC", name.casefold())
    return name.strip()


class Tokens:
    """Makes tokens and ids under one key. Safe to share between threads.

    Parameters
    ----------
    key
        Secret key, 32 bytes.

    Examples
    --------
    >>> tokens = Tokens(bytes(32))
    >>> tokens.token("bag", "ke 123456 ") == tokens.token("bag", "KE 123456")
    True
    >>> tokens.token("bag", "0180123456") == tokens.token("seller", "0180123456")
    False

    References
    ----------
    RFC 7693, section 2.5: keyed hashing; "personalization" separates the kinds.
    """

    __slots__ = ("_key", "_remembered", "_started")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the token key has {len(key)} bytes; it must have {KEY_BYTES}")
        self._key: Final = key
        self._remembered: Final[dict[tuple[str, tuple[str, ...]], int]] = {}
        self._started: Final[dict[tuple[str, int], hashlib.blake2b]] = {}

    def __repr__(self) -> str:
        return "Tokens(<key not shown>)"

    def token(self, kind: str, *parts: str) -> int:
        """Make the token of a name.

        Parameters
        ----------
        kind
            What is named, at most 16 ASCII characters, such as ``bag``.
        *parts
            The name's parts in order, such as courier, waybill and date.

        Returns
        -------
        64 bits, never 0, because 0 stands for "no such name".
        """
        remembered = self._remembered
        token = remembered.get((kind, parts))
        if token is None:
            token = int.from_bytes(self._digest(8, kind, parts), "little") or 1
            if sum(map(len, parts)) <= REMEMBERED_LENGTH:
                # Starting over now and then is cheaper than keeping track of what is old.
                if len(remembered) >= REMEMBERED:
                    remembered.clear()
                remembered[kind, parts] = token
        return token

    def id128(self, kind: str, *parts: str) -> bytes:
        """Make the identity of an event or the like, 16 bytes; not related to its token."""
        return self._digest(16, kind, parts)

    def id128_of_bytes(self, kind: str, name: bytes) -> bytes:
        """Make the identity of one name that is given in its normal form, as bytes."""
        total = self._start(16, kind)
        total.update(len(name).to_bytes(4, "little") + name)
        return total.digest()

    def _start(self, size: int, kind: str) -> hashlib.blake2b:
        started = self._started.get((kind, size))
        if started is None:
            # Keying costs a compression of its own; copies of a keyed start do not pay it.
            started = hashlib.blake2b(digest_size=size, key=self._key, person=kind.encode("ascii"))
            self._started[kind, size] = started
        return started.copy()

    def _digest(self, size: int, kind: str, parts: tuple[str, ...]) -> bytes:
        total = self._start(size, kind)
        framed = b""
        # Every part carries its length, so that ("ab", "c") and ("a", "bc") differ.
        for part in parts:
            raw = normalised(kind, part).encode("utf-8", "surrogatepass")
            framed += len(raw).to_bytes(4, "little") + raw
        total.update(framed)
        return total.digest()
