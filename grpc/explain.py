"""Explain: a decision shown whole, from the log."""

from __future__ import annotations

import threading
from typing import Final

import grpc
from google.protobuf.message import DecodeError

from haechi.rpc.callers import Callers
from haechi.rpc.names import Names
from haechi.rpc.render import Origin, place_of, render_decision
from haechi.rpc.roles import DECISIONS
from haechi.rpc.served import DecisionReader, ServedEngine
from haechi.rpc.v1 import decision_service_pb2 as service_pb

EXPLAIN: Final = f"/{DECISIONS}/Explain"

_AT_SITE: Final = place_of("site")


class ExplainCalls:
    """The method for officers.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    names
        The port's names.
    """

    def __init__(self, engine: ServedEngine, callers: Callers, names: Names) -> None:
        self._engine = engine
        self._callers = callers
        self._names = names
        self._origin = Origin(engine.shard, engine.epoch, engine.first_offset)
        self._readers = threading.local()

    def explain(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Show a decision whole."""
        caller = self._callers.of(context, EXPLAIN)
        try:
            asked = service_pb.ExplainRequest.FromString(raw).decision_id
            id16 = bytes.fromhex(asked)
        except (DecodeError, ValueError):
            asked, id16 = "", b""
        if len(id16) != 16:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                "BAD_DECISION_ID: decision_id must be 32 hexadecimal characters; copy it from an "
                "answer or from ClickHouse",
            )
        body = self.reader().decision(id16)
        if body is None:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"no decision {asked} in this shard's log; a provisional answer has none",
            )
        site = int.from_bytes(body[_AT_SITE : _AT_SITE + 8], "little")
        if not caller.has_site(site):
            context.abort(
                grpc.StatusCode.PERMISSION_DENIED,
                f"decision {asked} was made at a site outside the scope of {caller.name}",
            )
        return service_pb.ExplainResponse(
            decision=render_decision(
                body, self._names, self._engine.observations(id16), self._origin
            )
        ).SerializeToString()

    def reader(self) -> DecisionReader:
        """Tell this thread's reader of the log; a reader is for one thread."""
        reader: DecisionReader | None = getattr(self._readers, "reader", None)
        if reader is None:
            reader = self._readers.reader = self._engine.open_reader()
        return reader
