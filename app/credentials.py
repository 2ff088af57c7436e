"""Keys, tokens and passwords: made at first start by whoever needs them first.

They lie in the data directory's ``secrets/`` (0700), each in a file that only its owner reads.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app.folder import DataFolder
from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.rpc.identity import Keyring
    from haechi.streams.store.users import User

_HASHING: Final = "tokens.key"
_KEY_BYTES: Final = 32


def token_key(folder: DataFolder, *, make: bool) -> bytes:
    """Key of the ids' keyed hashes, 32 bytes.

    Parameters
    ----------
    folder
        The data directory.
    make
        Whether to make it if there is none.

    Raises
    ------
    ConfigError
        If it is missing although a log was written under it, or others may read it.
    """
    from haechi.rpc.identity import write_secret

    path = folder.secrets / _HASHING
    if not path.exists():
        if not make or folder.has_log():
            raise ConfigError(
                f"{path} is missing, and the log in {folder.log} was written under it: restore "
                "it from the backup, or use another --data"
            )
        write_secret(path, secrets.token_bytes(_KEY_BYTES))
    content = _private(path)
    if len(content) != _KEY_BYTES:
        raise ConfigError(
            f"{path} has {len(content)} bytes, {_KEY_BYTES} are needed: restore it from the backup"
        )
    return content


def keyring(folder: DataFolder) -> Keyring:
    """The keyring, with token files for the demo's principals."""
    from haechi.rpc.identity import issue_demo_tokens, open_keyring

    ring = open_keyring(folder.secrets)
    issue_demo_tokens(ring, folder.secrets)
    return ring


def token(folder: DataFolder, name: str) -> str:
    """Text of a principal's token.

    Raises
    ------
    ConfigError
        If there is no such token.
    """
    return _private(folder.secrets / f"{name}.token").decode().strip()


def password(folder: DataFolder, user: str) -> str:
    """Password of a user of the store.

    Raises
    ------
    ConfigError
        If there is none.
    """
    return _private(password_file(folder, user)).decode().strip()


def password_file(folder: DataFolder, user: str) -> Path:
    """Where the password of a user of the store lies."""
    return folder.secrets / f"store-{user}.password"


def store_users(folder: DataFolder) -> dict[str, User]:
    """Users of the embedded store; made with fresh passwords if one of them has none."""
    from haechi.rpc.identity import write_secret
    from haechi.streams.store.users import load_users, new_users, save_users

    path = folder.secrets / "store-users.json"
    if path.exists():
        users = load_users(path)
        if all(password_file(folder, name).exists() for name in users):
            return users
    users, passwords = new_users()
    for name, text in passwords.items():
        write_secret(password_file(folder, name), text.encode() + b"\n", replace=True)
    save_users(path, users)
    return users


def _private(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077 and os.name == "posix":
            raise ConfigError(f"{path} can be read by others: chmod 600 it")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}; start the installation once with "
            "haechi up, as its owner, or name another --data"
        ) from None
