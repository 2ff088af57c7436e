from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from haechi.app import credentials
from haechi.app.folder import DataFolder
from haechi.engine.errors import ConfigError
from haechi.rpc.identity import open_keyring
from haechi.rpc.roles import Role

Run = Callable[..., tuple[int, str, str]]


def test_an_issued_token_says_who_where_and_until_when(
    haechi: Run, tmp_path: Path, written: Path
) -> None:
    code, out, err = haechi(
        "token", "issue", "exit-04", "--role", "gate", "--scope", "ICN-T1-EXIT-1",
        "--days", "2", "--data", tmp_path, "--json",
    )  # fmt: skip
    assert code == 0
    (row,) = json.loads(out)
    path = Path(row["file"])
    assert path.stat().st_mode & 0o077 == 0
    text = path.read_text().strip()
    principal = open_keyring(tmp_path / "secrets").verify(text)
    assert (principal.name, principal.role) == ("exit-04", Role.GATE)
    assert principal.scope == ("ICN-T1-EXIT-1",)
    assert principal.expires_s - principal.issued_s == 2 * 86400
    assert text not in out + err


def test_the_list_shows_files_and_no_token(haechi: Run, written: Path) -> None:
    code, out, _ = haechi("token", "--data", written)
    assert code == 0
    assert "approver-2" in out
    assert credentials.token(DataFolder(written), "gate") not in out


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    key = credentials.token_key(folder, make=True)
    assert credentials.token_key(folder, make=True) == key
    assert folder.secrets.stat().st_mode & 0o077 == 0
    (folder.secrets / "tokens.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod"):
        credentials.token_key(folder, make=False)


def test_a_lost_key_is_not_replaced_under_a_log(data: Path) -> None:
    (data / "secrets" / "tokens.key").unlink()
    with pytest.raises(ConfigError, match="restore"):
        credentials.token_key(DataFolder(data), make=True)
