"""An Envoy configuration for clients that find their shard by a proxy.

It is made of the topology, so that it cannot disagree with it. A caller that knows the partition
or the shard says so in a header and is right at once. For all others there is a ring hash on the
subject's key: Envoy's ring knows nothing of Kafka's partitions, so its choice is a guess, though
the same each time; the shard that it hits answers with the owner's number for the header.
"""

from __future__ import annotations

from typing import Any, Final

from haechi.configs.topology import ShardPlace, Topology

SHARD_HEADER: Final = "x-haechi-shard"
"""Number of the shard, as a redirect tells it."""

PARTITION_HEADER: Final = "x-haechi-partition"
"""Partition of the subject, for who can work it out."""

SUBJECT_HEADER: Final = "x-haechi-subject"
"""The subject's key, or anything that stays the same for one subject; nobody's name."""

_TYPES: Final = "type.googleapis.com/envoy.extensions"
_ANY: Final = "any-shard"
_CONNECT: Final = "0.25s"

Json = dict[str, Any]


def envoy_config(topology: Topology, port: int) -> Json:
    """Make the static configuration of a proxy on loopback.

    Parameters
    ----------
    topology
        All shards, with their addresses.
    port
        Where the proxy listens.
    """
    routes = [route for shard in topology.shards for route in _routes(shard)]
    ring = {"hash_policy": [{"header": {"header_name": SUBJECT_HEADER}}]}
    routes.append(_route({}, _ANY, ring))
    clusters = [_cluster(_name(shard), [shard], {}) for shard in topology.shards]
    clusters.append(_cluster(_ANY, topology.shards, {"lb_policy": "RING_HASH"}))
    manager = {
        "@type": f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "haechi",
        "codec_type": "HTTP2",
        # A watcher may be silent for long.
        "stream_idle_timeout": "0s",
        "route_config": {"virtual_hosts": [{"name": "shards", "domains": ["*"], "routes": routes}]},
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{_TYPES}.filters.http.router.v3.Router"},
            }
        ],
    }
    listener = {
        "name": "gates",
        "address": _address("127.0.0.1", port),
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": manager,
                    }
                ]
            }
        ],
    }
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _routes(shard: ShardPlace) -> list[Json]:
    """Ways to one shard: by its number, and by each partition that it owns."""
    own = "|".join(map(str, shard.partitions))
    number = {"name": SHARD_HEADER, "string_match": {"exact": str(shard.number)}}
    routes = [_route({"headers": [number]}, _name(shard))]
    if own:
        partition = {"name": PARTITION_HEADER, "string_match": {"safe_regex": {"regex": own}}}
        routes.append(_route({"headers": [partition]}, _name(shard)))
    return routes


def _route(match: Json, cluster: str, more: Json | None = None) -> Json:
    # Deadlines are the callers' own, and streams have none.
    to = {"cluster": cluster, "timeout": "0s", **(more or {})}
    return {"match": {"prefix": "/", **match}, "route": to}


def _name(shard: ShardPlace) -> str:
    return f"shard-{shard.number}"


def _cluster(name: str, shards: list[ShardPlace] | tuple[ShardPlace, ...], more: Json) -> Json:
    hosts = []
    for shard in shards:
        host, _, port = shard.address.rpartition(":")
        hosts.append({"endpoint": {"address": _address(host.strip("[]"), int(port))}})
    http = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": name,
        "type": "STRICT_DNS",
        "connect_timeout": _CONNECT,
        "typed_extension_protocol_options": {
            http: {
                "@type": f"type.googleapis.com/{http}",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}]},
        **more,
    }


def _address(host: str, port: int) -> Json:
    return {"socket_address": {"address": host, "port_value": port}}
