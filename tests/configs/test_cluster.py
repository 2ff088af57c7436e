"""The schema on a cluster: statements of every node, and one database over all shards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from haechi.configs.cluster import REPLICATED
from haechi.configs.profile import Profile
from haechi.configs.schema import schema_files
from haechi.dashboards.questions import questions
from haechi.engine.errors import ConfigError

PROFILE = Path(__file__).parents[2] / "configs" / "profile.toml"


def test_every_question_is_answered_the_same_over_all_shards(tmp_path: Path) -> None:
    script = Path(__file__).with_name("one_node.py")
    ran = subprocess.run(
        [sys.executable, script, tmp_path], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert {"decisions", "decisions_wide", "labelled", "labels", "tasks"} <= set(said["made"])
    assert set(said["told"]) == set(questions())
    assert not {name for name, (_, same) in said["told"].items() if not same}
    assert sum(rows > 0 for rows, _ in said["told"].values()) >= 8


def test_a_profile_names_the_cluster_and_a_node_of_it(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    text = PROFILE.read_text("utf-8")
    assert Profile.load(PROFILE).store.target.cluster == ""
    alone = text.replace('# cluster = "port"', 'cluster = "port"')
    path.write_text(alone, "utf-8")
    with pytest.raises(ConfigError, match=r'cluster is "port".*name a node'):
        Profile.load(path)
    path.write_text(alone.replace("# address = ", "address = "), "utf-8")
    target = Profile.load(path).store.target
    assert (target.cluster, target.engine) == ("port", REPLICATED)
    created = [one for file in schema_files() for one in file.statements(target)]
    tables = [one for one in created if one.startswith("CREATE TABLE")]
    assert all(" ON CLUSTER port\n" in one and REPLICATED in one for one in tables)
