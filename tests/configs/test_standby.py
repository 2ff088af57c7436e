"""The profile's ``[standby]`` table: what is given is used, what cannot be is named."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from haechi.configs.profile import Profile, StandbyProfile
from haechi.engine.errors import ConfigError


def load(folder: Path, **changes: str) -> Profile:
    lines = []
    for line in (files("haechi.configs") / "profile.toml").read_text("utf-8").splitlines():
        key = line.removeprefix("# ").partition(" = ")[0]
        lines.append(f"{key} = {changes[key]}" if key in changes else line)
    path = folder / "profile.toml"
    path.write_text("\n".join(lines), "utf-8")
    return Profile.load(path)


def test_nobody_is_asked_and_nothing_waits_unless_it_is_said() -> None:
    profile = Profile.load()
    assert profile.standby == StandbyProfile()
    assert profile.engine.durability == "process"


def test_what_is_given_is_used(tmp_path: Path) -> None:
    given = {"durability": '"replica"', "wait_ms": "50", "alone": '"process"', "peer": '"b:1"'}
    profile = load(tmp_path, **given)
    assert profile.engine.durability == "replica"
    assert profile.standby == StandbyProfile(50, "process", "b:1")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("durability", '"both"', '"process", "disk" or "replica"'),
        ("alone", '"release"', '"refer" or "process"'),
        ("wait_ms", "0", "wait_ms"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, key: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, **{key: value})
