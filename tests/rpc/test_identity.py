"""Keys and tokens on disk."""

from __future__ import annotations

import stat
import threading

import pytest

from haechi.engine.errors import ConfigError
from haechi.rpc.identity import DEMO, Keyring, Unauthenticated, issue_demo_tokens, open_keyring
from haechi.rpc.roles import Role
from haechi.rpc.settings import ServerSettings, Tls, credentials


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_first_start_makes_files_that_only_the_owner_reads(tmp_path):
    folder = tmp_path / "secrets"
    ring = open_keyring(folder)
    paths = issue_demo_tokens(ring, folder)
    assert mode(folder) == 0o700
    assert {mode(path) for path in folder.iterdir()} == {0o600}
    assert set(paths) == {name for name, _ in DEMO}
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    for name, role in DEMO:
        principal = ring.verify(paths[name].read_text().strip())
        assert (principal.name, principal.role, principal.everywhere) == (name, role, True)


def test_a_second_start_keeps_key_and_tokens(tmp_path):
    issue_demo_tokens(open_keyring(tmp_path), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    issue_demo_tokens(open_keyring(tmp_path), tmp_path)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_tokens_that_are_no_good_any_more_are_made_anew(tmp_path):
    issue_demo_tokens(open_keyring(tmp_path), tmp_path)
    (tmp_path / "signing.key").unlink()
    ring = open_keyring(tmp_path)
    paths = issue_demo_tokens(ring, tmp_path)
    assert ring.verify(paths["gate"].read_text().strip()).role is Role.GATE


def test_two_first_starts_at_once_agree_on_one_key(tmp_path):
    rings = []
    threads = [
        threading.Thread(target=lambda: rings.append(open_keyring(tmp_path))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    token = rings[0].sign("g", Role.GATE, ())
    assert {ring.verify(token).name for ring in rings} == {"g"}


def test_a_key_that_others_may_read_is_refused(tmp_path):
    open_keyring(tmp_path)
    (tmp_path / "signing.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        open_keyring(tmp_path)


def test_a_remembered_token_still_expires():
    now = [1000.0]
    ring = Keyring(b"k" * 32, lambda: now[0])
    token = ring.sign("g", Role.GATE, ("*",), days=1)
    assert ring.verify(token).name == "g"
    now[0] += 86400
    with pytest.raises(Unauthenticated, match="expired"):
        ring.verify(token)


def test_secrets_show_nowhere():
    ring = Keyring(b"secret-key-of-thirty-two-bytes!!")
    token = ring.sign("g", Role.GATE, ("*",))
    shown = repr(ring) + str(ring) + repr(ring.verify(token))
    assert "secret-key" not in shown
    assert token not in shown
    with pytest.raises(Unauthenticated) as caught:
        ring.verify(token + "x")
    assert token not in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gate.example"])
def test_no_reachable_address_without_tls(host):
    with pytest.raises(ConfigError, match=r"server\.tls\.certificate"):
        credentials(ServerSettings(host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_loopback_needs_no_tls(host):
    assert credentials(ServerSettings(host=host)) is None


def test_a_missing_certificate_is_named(tmp_path):
    tls = Tls(tmp_path / "no.pem", tmp_path / "no.key")
    with pytest.raises(ConfigError, match=r"no\.key"):
        credentials(ServerSettings(host="0.0.0.0", tls=tls))
