"""The dataflow: intake -> shard -> replies, shipper, watchers, dead letters."""

from __future__ import annotations

from collections.abc import Callable

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from haechi.operators.logic import Committed, ShardLogic
from haechi.streams.sinks.dead_letters import DeadLetterSink
from haechi.streams.sinks.replies import ReplySink
from haechi.streams.sinks.wake import WakeSink
from haechi.streams.sinks.watch import WatchHub, WatchSink
from haechi.streams.source import IntakeSource


def build_flow(
    source: IntakeSource,
    logic: ShardLogic,
    let_out: Callable[[Committed], None],
    hub: WatchHub,
    wake_fd: int | None,
) -> Dataflow:
    """Wire one shard.

    Parameters
    ----------
    source
        Where entries come from.
    logic
        The one stateful operator.
    let_out
        Completes what a commit answers, now or once a standby has it.
    hub
        Where watchers wait.
    wake_fd
        Pipe to the shipper, or None.
    """
    flow = Dataflow("haechi")
    entries = op.input("intake", flow, source)
    keyed = op.stateful_batch("shard", entries, lambda _: logic)
    committed = op.map("committed", keyed, lambda item: item[1])
    op.output("replies", committed, ReplySink(let_out))
    op.output("shipper", committed, WakeSink(wake_fd))
    op.output("watchers", committed, WatchSink(hub))
    op.output("dead_letters", committed, DeadLetterSink())
    return flow
