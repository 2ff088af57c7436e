"""Who calls: signed tokens, made at first start and kept in files only the owner reads.

A token is a compact JSON of claims and its HMAC-SHA256 under the shard's signing key. Nothing
runs open: the embedded profile makes a key and one token for each demo principal, and clients
of every profile present a token with each call.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haechi.engine.errors import ConfigError
from haechi.rpc.roles import Role

EVERYWHERE: Final = "*"
"""Scope of a principal who is bound to no gate and no sensor."""

TOKEN_DAYS: Final = 365
CACHED_MAX: Final = 4096
_KEY_BYTES: Final = 32

DEMO: Final[tuple[tuple[str, Role], ...]] = (
    ("gate", Role.GATE),
    ("sensor", Role.SENSOR),
    ("feeder", Role.FEEDER),
    ("officer", Role.OFFICER),
    ("approver-1", Role.APPROVER),
    ("approver-2", Role.APPROVER),
    ("analyst", Role.ANALYST),
    ("operator", Role.OPERATOR),
    ("monitor", Role.MONITOR),
    ("faces", Role.FACES),
    ("standby", Role.STANDBY),
)
"""The principals of the embedded profile; approvals need two, so there are two approvers."""


class Unauthenticated(Exception):
    """A token is missing, forged, malformed or past its time. Never shows the token."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a token says the caller is.

    Parameters
    ----------
    name
        Name of the person or system, as it stands in the log.
    role
        What it may do.
    scope
        Gates or sensors for which it may do it; :data:`EVERYWHERE` for all.
    issued_s, expires_s
        Seconds since the epoch, UTC.
    """

    name: str
    role: Role
    scope: tuple[str, ...]
    issued_s: int
    expires_s: int

    @property
    def everywhere(self) -> bool:
        """Whether the scope has no bounds."""
        return EVERYWHERE in self.scope


class Keyring:
    """Signs tokens and checks them.

    Parameters
    ----------
    key
        The signing key, 32 bytes.
    now_s
        The clock against which tokens expire, seconds since the epoch.

    Examples
    --------
    >>> ring = Keyring(b"k" * 32)
    >>> ring.verify(ring.sign("exit-04", Role.GATE, ("ICN-T1-EXIT-1",))).name
    'exit-04'
    """

    __slots__ = ("_key", "_known", "_now_s")

    def __init__(self, key: bytes, now_s: Callable[[], float] = time.time) -> None:
        if len(key) != _KEY_BYTES:
            raise ConfigError(
                f"signing key has {len(key)} bytes, {_KEY_BYTES} are needed; delete "
                "secrets/signing.key to have a new one made (all tokens then end)"
            )
        self._key = key
        self._now_s = now_s
        self._known: dict[str, Principal] = {}

    def __repr__(self) -> str:
        return "Keyring(<key not shown>)"

    def sign(
        self, name: str, role: Role, scope: tuple[str, ...], *, days: float = TOKEN_DAYS
    ) -> str:
        """Make a token that is good for ``days`` from now."""
        issued_s = int(self._now_s())
        claims = {
            "name": name,
            "role": role.value,
            "scope": list(scope),
            "issued": issued_s,
            "expires": issued_s + int(days * 86400),
        }
        body = json.dumps(claims, separators=(",", ":")).encode()
        return f"{_armour(body)}.{_armour(self._mac(body))}"

    def verify(self, token: str) -> Principal:
        """Tell whose token it is.

        A token that was good before is looked up by its text, which costs a tenth of a
        microsecond; only good ones are kept, so that forgeries cannot fill the table.

        Raises
        ------
        Unauthenticated
            If it is forged, malformed or past its time.
        """
        principal = self._known.get(token)
        if principal is None:
            principal = self._read(token)
            if len(self._known) >= CACHED_MAX:
                self._known.clear()
            self._known[token] = principal
        if principal.expires_s <= self._now_s():
            self._known.pop(token, None)
            raise Unauthenticated(
                f"token of {principal.name} has expired; have the operator issue a new one"
            )
        return principal

    def _read(self, token: str) -> Principal:
        try:
            body_text, mac_text = token.split(".")
            body, mac = _bytes(body_text), _bytes(mac_text)
        except (ValueError, binascii.Error):
            raise Unauthenticated("token is malformed; use the text of a .token file") from None
        if not hmac.compare_digest(mac, self._mac(body)):
            raise Unauthenticated("token was not signed by this engine; use one of its own")
        try:
            claims = json.loads(body)
            return Principal(
                name=str(claims["name"]),
                role=Role(claims["role"]),
                scope=tuple(str(place) for place in claims["scope"]),
                issued_s=int(claims["issued"]),
                expires_s=int(claims["expires"]),
            )
        except (ValueError, KeyError, TypeError):
            raise Unauthenticated(
                "token has claims that this version does not know; have a new one issued"
            ) from None

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)


def open_keyring(secrets_dir: Path) -> Keyring:
    """Open the keyring of a data directory; make its key at first start.

    Parameters
    ----------
    secrets_dir
        The data directory's ``secrets/``; made with mode 0700 if it is not there.

    Raises
    ------
    ConfigError
        If others than the owner may read the key.
    """
    secrets_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    secrets_dir.chmod(0o700)
    path = secrets_dir / "signing.key"
    if not path.exists():
        write_secret(path, secrets.token_bytes(_KEY_BYTES))
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path} can be read by others: chmod 600 it, or delete it and restart")
    return Keyring(path.read_bytes())


def issue_demo_tokens(keyring: Keyring, secrets_dir: Path) -> dict[str, Path]:
    """Write a token file for each demo principal that has none that is still good.

    Returns
    -------
    Path of each token file, by the principal's name.
    """
    paths = {}
    for name, role in DEMO:
        path = paths[name] = secrets_dir / f"{name}.token"
        try:
            keyring.verify(path.read_text().strip())
        except (FileNotFoundError, Unauthenticated):
            token = keyring.sign(name, role, (EVERYWHERE,))
            write_secret(path, token.encode() + b"\n", replace=True)
    return paths


def write_secret(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a file of mode 0600 at once or not at all.

    With ``replace`` false, the first of two processes that start together wins and the other
    keeps what is there.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _armour(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
