"""Which client can load a server most: what a call costs it, beside what it costs the server.

Empty calls of a bare grpcio server are made with so many in flight all the time, in turn by

futures  grpcio's client, a future a call, completed by a callback
asyncio  grpcio's asyncio client, a task a call in flight
frames   the connection by which ``load`` asks

A generator that costs as much as the server measures itself, where both share a machine.
"""

from __future__ import annotations

import argparse
import asyncio
import select
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Final

import grpc
import numpy as np

from benchmarks.bare_server import EMPTY
from benchmarks.http2 import Connection
from benchmarks.processes import Child
from benchmarks.report import Progress, Report

_TIMEOUT_S: Final = 30.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--calls", type=int, default=4000, help="a round (default %(default)s)")
    parser.add_argument("--in-flight", type=int, default=32, help="(default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in _CLIENTS}
    with (
        Child("benchmarks.bare_server") as server,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process,
        Progress("rounds", given.rounds) as progress,
    ):
        port = int(server.ready()["port"])
        for number in range(-1, given.rounds):
            for name, calls in _CLIENTS.items():
                before_s = server.cpu_s()
                asked = (calls, port, given.calls, given.in_flight)
                rate, client_us = process.submit(_measured, *asked).result()
                server_us = (server.cpu_s() - before_s) / given.calls * 1e6
                if number >= 0:
                    found[name].append((rate, client_us, server_us))
            progress.at(number + 1)
    rows = [
        [name, *(round(float(one)) for one in np.median(rounds, axis=0))]
        for name, rounds in found.items()
    ]
    report.table("clients", ["client", "calls_per_s", "client_us", "server_us"], rows)


def _measured(
    calls: Callable[[int, int, int], None], port: int, count: int, in_flight: int
) -> tuple[float, float]:
    """Calls a second, and processor time of a call, microseconds."""
    began, cpu_s = time.perf_counter(), time.process_time()
    calls(port, count, in_flight)
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_s
    return count / took_s, cpu_s / count * 1e6


def _futures(port: int, count: int, in_flight: int) -> None:
    room = threading.Semaphore(in_flight)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        empty: Any = channel.unary_unary(EMPTY)
        for _ in range(count):
            room.acquire()
            empty.future(b"", timeout=_TIMEOUT_S).add_done_callback(lambda _: room.release())
        for _ in range(in_flight):
            room.acquire()


def _asyncio(port: int, count: int, in_flight: int) -> None:
    async def call(empty: Any) -> None:
        for _ in range(count // in_flight):
            await empty(b"", timeout=_TIMEOUT_S)

    async def call_all() -> None:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            empty: Any = channel.unary_unary(EMPTY)
            await asyncio.gather(*(call(empty) for _ in range(in_flight)))

    asyncio.run(call_all())


def _frames(port: int, count: int, in_flight: int) -> None:
    sent = ended = 0
    with Connection(port, EMPTY) as connection:
        while ended < count:
            for _ in range(min(in_flight - (sent - ended), count - sent)):
                connection.call(b"")
                sent += 1
            blocked = [connection] if connection.flush() else []
            select.select([connection], blocked, (), _TIMEOUT_S)
            ended += sum(one.message is None for one in connection.receive())


_CLIENTS: Final = {"futures": _futures, "asyncio": _asyncio, "frames": _frames}
