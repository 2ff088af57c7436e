"""Who may use the store, and as what.

Passwords are long random tokens made by us, so a plain SHA-256 keeps them safe at rest and a
request costs microseconds to check.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from haechi.engine.errors import ConfigError

_NOBODY: Final = "0" * 64


class Role(StrEnum):
    """What a user may do."""

    ENGINE = "engine"
    ANALYST = "analyst"


@dataclass(frozen=True, slots=True)
class User:
    """One user of the store.

    Parameters
    ----------
    name
        Name to log in with.
    role
        What the user may do.
    password_sha256
        SHA-256 of the password, hex.
    """

    name: str
    role: Role
    password_sha256: str


def new_users() -> tuple[dict[str, User], dict[str, str]]:
    """Make the users ``engine`` and ``analyst`` with fresh passwords.

    Returns
    -------
    Users by name, and their passwords by name, which are kept nowhere else.
    """
    passwords = {role.value: secrets.token_urlsafe(24) for role in Role}
    users = {role.value: User(role.value, role, _sha256(passwords[role.value])) for role in Role}
    return users, passwords


def save_users(path: Path, users: Mapping[str, User]) -> None:
    """Write users to a file that only its owner reads."""
    content = {
        user.name: {"role": user.role.value, "password_sha256": user.password_sha256}
        for user in users.values()
    }
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    fresh.replace(path)


def load_users(path: Path) -> dict[str, User]:
    """Read what :func:`save_users` wrote.

    Raises
    ------
    ConfigError
        If the file is missing, malformed, or names a role that does not exist.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        return {
            str(name): User(str(name), Role(entry["role"]), str(entry["password_sha256"]))
            for name, entry in content.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"users of the store cannot be read from {path}: {error}; delete the file to have "
            "new ones made"
        ) from error


def authenticate(users: Mapping[str, User], name: str, password: str) -> User | None:
    """Find whose name and password these are, in the same time whether right or wrong."""
    user = users.get(name)
    expected = user.password_sha256 if user is not None else _NOBODY
    right = hmac.compare_digest(_sha256(password).encode(), expected.encode())
    return user if right else None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
