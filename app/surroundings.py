"""The environment of the engine's process: what libraries read once, when a process starts.

None of it changes an answer. On a virtual machine with two cores it took a third off what
`Decide` costs beyond an empty call (measured).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_POLLING: Final = "-event_engine_listener"
"""gRPC reads a gate's socket on the thread that serves the call, instead of waking two others."""

_MALLOC: Final = {
    # One heap that grows in large steps: an arena for each thread grows by a page at a time,
    # each with a system call.
    "glibc.malloc.arena_max": 1,
    "glibc.malloc.top_pad": 64 << 20,
    "glibc.malloc.trim_threshold": 256 << 20,
    # Large pages, where the system lets a process ask for them: few of its addresses are cached.
    "glibc.malloc.hugetlb": 1,
}


def engine_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Add to an environment what the engine runs fastest with; what is set there stays."""
    tunables = [one for one in given.get("GLIBC_TUNABLES", "").split(":") if one]
    named = {one.partition("=")[0] for one in tunables}
    tunables += [f"{name}={value}" for name, value in _MALLOC.items() if name not in named]
    return {
        "GRPC_EXPERIMENTS": _POLLING,
        **given,
        "GLIBC_TUNABLES": ":".join(tunables),
    }
