"""Who looks: a person logs in with their own token, and a signed cookie remembers it for a shift.

Tokens stay in this process's memory: not in the cookie, not in a file, not in a log. When the
process ends, everybody logs in again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from haechi.rpc.identity import Keyring, Principal, Unauthenticated
from haechi.rpc.roles import Role

SHIFT_S: Final = 8 * 3600
COOKIE: Final = "haechi"
PEOPLE: Final = frozenset({Role.OFFICER, Role.ANALYST, Role.APPROVER, Role.OPERATOR})
"""Roles of persons; gates, sensors and processes have nothing to look at."""

_TRIES: Final = 5
_TRIES_S: Final = 60.0
_SESSIONS_MOST: Final = 1000
_CALLERS_MOST: Final = 10_000


class Refused(Exception):
    """A login that is not let in, with what to do."""


class TooMany(Refused):
    """Too many wrong logins came from one place."""


@dataclass(frozen=True, slots=True)
class Session:
    """One person, logged in.

    Parameters
    ----------
    person
        Who, in which role.
    token
        The person's own token, with which the engine is called.
    until_s
        When the session ends, seconds since the epoch.
    """

    person: Principal
    token: str
    until_s: float

    def __repr__(self) -> str:
        return f"Session({self.person.name} as {self.person.role}, <token not shown>)"

    @property
    def is_officer(self) -> bool:
        """Whether reasons and subjects may be seen, and tasks acted on."""
        return self.person.role is Role.OFFICER


class Sessions:
    """Opens sessions and finds them again.

    Parameters
    ----------
    keyring
        Checks tokens.
    now_s
        The clock, seconds since the epoch.
    """

    def __init__(self, keyring: Keyring, now_s: Callable[[], float] = time.time) -> None:
        self._keyring = keyring
        self._now_s = now_s
        self._key = secrets.token_bytes(32)
        self._open: dict[str, Session] = {}
        self._wrong: dict[str, deque[float]] = {}

    def log_in(self, token: str, caller: str) -> str:
        """Check a token; the text of the cookie.

        Raises
        ------
        TooMany
            If too many wrong ones came from there within a minute.
        Refused
            If the token is not good, or not a person's.
        """
        now_s = self._now_s()
        tries = self._tries_of(caller, now_s)
        if len(tries) >= _TRIES:
            raise TooMany("too many wrong logins from there; wait a minute")
        try:
            person = self._keyring.verify(token.strip())
        except Unauthenticated as error:
            tries.append(now_s)
            raise Refused(str(error)) from None
        if person.role not in PEOPLE:
            tries.append(now_s)
            raise Refused(f"{person.name} is a {person.role}; use the token of a person")
        self._forget_old(now_s)
        number = secrets.token_urlsafe(24)
        until_s = min(now_s + SHIFT_S, person.expires_s)
        self._open[number] = Session(person, token.strip(), until_s)
        return f"{number}.{self._mac(number)}"

    def find(self, cookie: str | None) -> Session | None:
        """The session of a cookie, or None if there is none any more."""
        number, _, mac = (cookie or "").partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(number).encode()):
            return None
        session = self._open.get(number)
        if session is not None and session.until_s <= self._now_s():
            del self._open[number]
            return None
        return session

    def log_out(self, cookie: str | None) -> None:
        """End the session of a cookie."""
        if self.find(cookie) is not None:
            self._open.pop((cookie or "").partition(".")[0], None)

    def _mac(self, number: str) -> str:
        return hmac.digest(self._key, number.encode(), hashlib.sha256).hex()

    def _tries_of(self, caller: str, now_s: float) -> deque[float]:
        if caller not in self._wrong and len(self._wrong) >= _CALLERS_MOST:
            self._wrong.clear()
        tries = self._wrong.setdefault(caller, deque(maxlen=_TRIES))
        while tries and tries[0] < now_s - _TRIES_S:
            tries.popleft()
        return tries

    def _forget_old(self, now_s: float) -> None:
        for number in [n for n, one in self._open.items() if one.until_s <= now_s]:
            del self._open[number]
        if len(self._open) >= _SESSIONS_MOST:
            del self._open[next(iter(self._open))]
