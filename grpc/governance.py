"""Governance: checked for who may call, and not built yet.

Rules, promotions, capacity and erasure change what the engine decides. Until the core applies
them, saying so is the only honest answer; taking them and doing nothing would not be.
"""

from __future__ import annotations

from typing import Final

import grpc

from haechi.rpc.callers import Callers
from haechi.rpc.roles import GOVERNANCE

NOT_BUILT: Final[dict[str, str]] = {
    "SubmitRuleSet": "rule sets are read from configs/lanes.toml when the engine starts; this "
    "version does not take them while it runs",
    "PromoteModel": "this version has one model a kind of subject and promotes none",
    "SetCapacity": "this version does not weigh officers' capacity",
    "Erase": "this version does not erase over the network yet",
}


class GovernanceCalls:
    """The governance service.

    Parameters
    ----------
    callers
        Tells who calls.
    """

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    def answer(self, name: str, context: grpc.ServicerContext) -> bytes:
        """Say that a method is not built, to those who might call it."""
        self._callers.of(context, f"/{GOVERNANCE}/{name}")
        context.abort(grpc.StatusCode.UNIMPLEMENTED, NOT_BUILT[name])
