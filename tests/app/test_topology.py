"""What a person and a proxy are told of the shards."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from haechi.configs.topology import Topology

Run = Callable[..., tuple[int, str, str]]

THREE = """
version = 4
[[shard]]
number = 0
address = "10.0.0.1:50551"
partitions = ["0-1", "5"]
[[shard]]
number = 1
address = "10.0.0.2:50551"
partitions = ["2-4"]
[[shard]]
number = 7
address = "[::1]:50551"
partitions = []
"""


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    (tmp_path / "topology.toml").write_text(THREE, "utf-8")
    topics = (files("haechi.configs") / "topics.toml").read_text("utf-8")
    (tmp_path / "topics.toml").write_text(re.sub("partitions = .*", "partitions = 6", topics))
    return tmp_path


def test_people_and_programs_see_who_owns_what(haechi: Run, configs: Path) -> None:
    code, out, _ = haechi("topology", "--configs", configs)
    assert code == 0
    assert "version 4, 6 partitions" in out
    assert re.search(r"shard 0 +10\.0\.0\.1:50551 +partitions 0-1, 5\n", out)
    _, out, _ = haechi("topology", "--configs", configs, "--json")
    assert json.loads(out)["shards"][1] == {
        "number": 1,
        "address": "10.0.0.2:50551",
        "partitions": [2, 3, 4],
    }


def chosen(routes: list[dict], header: str, value: str) -> str:
    """Cluster of the first route that a header's value matches."""
    for route in routes:
        for one in route["match"].get("headers", []):
            match = one["string_match"]
            wanted = match.get("exact") or match["safe_regex"]["regex"]
            # Envoy matches whole values.
            if one["name"] == header and re.fullmatch(wanted, value):
                return str(route["route"]["cluster"])
    return str(routes[-1]["route"]["cluster"])


def test_a_proxy_sends_every_partition_to_its_owner(haechi: Run, configs: Path) -> None:
    code, out, _ = haechi("topology", "--configs", configs, "--envoy", "--envoy-port", "7000")
    assert code == 0
    static = json.loads(out)["static_resources"]
    (listener,) = static["listeners"]
    assert listener["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 7000}
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    routes = manager["route_config"]["virtual_hosts"][0]["routes"]
    topology = Topology.parse(THREE, 6)
    for partition in range(6):
        owner = f"shard-{topology.owner(partition).number}"
        assert chosen(routes, "x-haechi-partition", str(partition)) == owner
    assert chosen(routes, "x-haechi-shard", "7") == "shard-7"
    assert chosen(routes, "x-haechi-shard", "70") == "any-shard"
    assert chosen(routes, "x-haechi-partition", "50") == "any-shard"
    assert routes[-1]["match"] == {"prefix": "/"}
    assert routes[-1]["route"]["hash_policy"] == [{"header": {"header_name": "x-haechi-subject"}}]

    clusters = {one["name"]: one for one in static["clusters"]}
    assert {route["route"]["cluster"] for route in routes} == set(clusters)
    assert clusters["any-shard"]["lb_policy"] == "RING_HASH"
    hosts = {
        name: [
            host["endpoint"]["address"]["socket_address"]["address"]
            for host in one["load_assignment"]["endpoints"][0]["lb_endpoints"]
        ]
        for name, one in clusters.items()
    }
    assert hosts == {
        "shard-0": ["10.0.0.1"],
        "shard-1": ["10.0.0.2"],
        "shard-7": ["::1"],
        "any-shard": ["10.0.0.1", "10.0.0.2", "::1"],
    }
    for name, one in clusters.items():
        assert one["load_assignment"]["cluster_name"] == name


def test_one_engine_needs_no_proxy(haechi: Run) -> None:
    code, _, err = haechi("topology", "--envoy")
    assert code == 2
    assert "names no shards" in err
