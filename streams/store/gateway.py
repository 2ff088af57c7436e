"""ClickHouse's HTTP interface over the embedded engine.

The engine role reads and writes. The analyst role only reads, may lower
``max_execution_time`` and change what shapes a result, and no other setting; its statements run
in a few threads of their own, so that no query of theirs keeps an insert waiting for a place.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from collections.abc import AsyncIterator, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from haechi.streams.store.embedded import Embedded, with_settings
from haechi.streams.store.jobs import Heading, Job
from haechi.streams.store.packing import pack
from haechi.streams.store.probes import analyst_settings, hello, reworded
from haechi.streams.store.refusals import (
    TOO_MANY_SIMULTANEOUS_QUERIES,
    Refusal,
    refusal_of,
)
from haechi.streams.store.requests import Asked, identify, read_request
from haechi.streams.store.statements import (
    STREAMABLE,
    Insert,
    is_select,
    refuse_reaching_out,
    result_format,
    split_insert,
)
from haechi.streams.store.users import Role, User

_ENGINE_THREADS: Final = 8
# A batch of decisions is small: handing it between threads costs a fifth of the insert.
_INSERTING: Final = {"max_threads": "1", "max_insert_threads": "1"}
_WHOLE_RESULT_BYTES_MAX: Final = 1 << 28


@dataclass(frozen=True, slots=True)
class Limits:
    """What analysts may use.

    Parameters
    ----------
    execution_s
        Longest query, seconds.
    memory_bytes
        Most memory of one query.
    running
        Queries at once; each has one thread.
    waiting
        Queries that may wait for a place.
    wait_s
        How long they may wait, seconds.
    """

    execution_s: float = 30.0
    memory_bytes: int = 1_000_000_000
    running: int = 2
    waiting: int = 32
    wait_s: float = 10.0


class Gateway:
    """The interface to one embedded engine.

    Parameters
    ----------
    engine
        The engine, warmed up.
    users
        Users by name.
    limits
        What analysts may use.
    """

    def __init__(self, engine: Embedded, users: Mapping[str, User], limits: Limits) -> None:
        self._engine = engine
        self._users = users
        self._limits = limits
        self._places = asyncio.Semaphore(limits.running)
        self._waiting = 0
        self._jobs: set[Job] = set()
        self._threads = {
            Role.ENGINE: ThreadPoolExecutor(_ENGINE_THREADS, "store-engine"),
            Role.ANALYST: ThreadPoolExecutor(limits.running, "store-analyst"),
        }

    def application(self) -> Starlette:
        """Make the ASGI application."""
        return Starlette(
            routes=[
                Route("/ping", _ping, methods=["GET"]),
                Route("/replicas_status", _ping, methods=["GET"]),
                Route("/", self._answer, methods=["GET", "POST"]),
            ]
        )

    async def cancel_all(self) -> None:
        """Cancel every statement at work."""
        await asyncio.gather(*(job.cancel() for job in tuple(self._jobs)))

    def close(self) -> None:
        """Wait for the threads."""
        for threads in self._threads.values():
            threads.shutdown(cancel_futures=True)

    async def _answer(self, request: Request) -> Response:
        query_id = str(uuid.uuid4())
        try:
            user = identify(request, self._users)
            asked = await read_request(request)
            query_id = asked.query_id or query_id
            if not asked.statement.strip():
                return PlainTextResponse("Ok.\n")
            settings = self._settings(user, asked)
        except Refusal as refusal:
            return self.refused(refusal, query_id)
        insert = None if asked.reads_only else split_insert(asked.statement)
        if insert is not None and user.role is Role.ENGINE:
            return await self._inserted(asked, insert, settings, query_id)

        def work(mark: str) -> Generator[Heading | bytes]:
            pieces = self._work(user, asked, insert, settings | {"log_comment": mark})
            return _packed(pieces, asked.packing) if asked.packing else pieces

        return _JobResponse(self, user, Job(work, self._engine.kill), query_id)

    def _settings(self, user: User, asked: Asked) -> dict[str, str]:
        """Give the settings to run with, or refuse as ClickHouse would."""
        if user.role is Role.ENGINE:
            return dict(asked.settings)
        return analyst_settings(dict(asked.settings), self._limits.execution_s) | {
            "timeout_overflow_mode": "throw",
            "max_threads": "1",
            "max_memory_usage": str(self._limits.memory_bytes),
        }

    def _work(
        self, user: User, asked: Asked, insert: Insert | None, settings: dict[str, str]
    ) -> Generator[Heading | bytes]:
        """Run one statement; in a thread of its own."""
        if insert is not None:
            # Whoever may not insert is told so by the engine, from behind its seal.
            with self._engine.handle(asked.database, settings | {"readonly": "1"}) as handle:
                yield Heading("", handle.insert(insert.head, insert.data_format, insert.data))
            return
        statement = asked.statement
        if asked.revision and asked.default_format == "Native":
            greeting = hello(statement, self._engine.version, self._engine.timezone)
            if greeting is not None:
                yield Heading("Native")
                yield greeting
                return
        if user.role is Role.ANALYST:
            statement = reworded(statement)
        canonical = self._engine.canonical(statement)
        wanted = result_format(canonical, asked.default_format)
        text = statement.decode("utf-8", "replace")
        select = is_select(canonical)
        if select or user.role is Role.ANALYST:
            refuse_reaching_out(canonical, user.name)
        if user.role is Role.ANALYST or asked.reads_only:
            settings["readonly"] = "1"
        streamed = select and wanted in STREAMABLE
        if select and not streamed:
            settings = {"max_result_bytes": str(_WHOLE_RESULT_BYTES_MAX)} | settings
        with self._engine.handle(asked.database, settings) as handle:
            if user.role is Role.ANALYST:
                handle.refuse_unless_read(canonical, user.name)
            if streamed:
                yield Heading(wanted)
                yield from handle.stream(text, asked.default_format, asked.bound)
            else:
                result, summary = handle.run(text, asked.default_format, asked.bound)
                yield Heading(wanted, summary)
                if result:
                    yield result

    async def _inserted(
        self, asked: Asked, insert: Insert, settings: dict[str, str], query_id: str
    ) -> Response:
        """Insert for the engine. It is done in milliseconds, so nobody need cancel it."""
        loop = asyncio.get_running_loop()
        try:
            summary = await loop.run_in_executor(
                self._threads[Role.ENGINE], self._insert, asked, insert, _INSERTING | settings
            )
        except Exception as error:
            # Whatever an insert raises is its own failure, told to its client.
            return self.refused(refusal_of(error), query_id)
        return Response(headers=self.headers(query_id, Heading("", summary)))

    def _insert(self, asked: Asked, insert: Insert, settings: dict[str, str]) -> dict[str, str]:
        """Insert, on the thread's own handle where nothing of the statement would linger."""
        if asked.database in ("", self._engine.database) and "settings" not in insert.head.lower():
            head = with_settings(insert.head, settings)
            with self._engine.inserting() as handle:
                return handle.insert(head, insert.data_format, insert.data)
        with self._engine.handle(asked.database, settings) as handle:
            return handle.insert(insert.head, insert.data_format, insert.data)

    @asynccontextmanager
    async def place(self, user: User) -> AsyncIterator[None]:
        """Hold a place among the running queries.

        Raises
        ------
        Refusal
            If too many wait, or it took too long.
        """
        if user.role is Role.ENGINE:
            yield
            return
        refusal = Refusal(
            TOO_MANY_SIMULTANEOUS_QUERIES,
            f"Too many simultaneous queries. Maximum: {self._limits.running} running, "
            f"{self._limits.waiting} waiting for {self._limits.wait_s:g} s",
        )
        if self._waiting >= self._limits.waiting:
            raise refusal
        self._waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), self._limits.wait_s)
        except TimeoutError:
            raise refusal from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()

    def begin(self, user: User, job: Job) -> None:
        """Start a job in a thread of its role."""
        self._jobs.add(job)
        job.start(self._threads[user.role])

    def end(self, job: Job) -> None:
        """Forget a job."""
        self._jobs.discard(job)

    def headers(self, query_id: str, heading: Heading) -> dict[str, str]:
        """Headers of an answer."""
        summary = {"read_rows": "0", "read_bytes": "0", "written_rows": "0", "written_bytes": "0"}
        fields = {
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Server-Display-Name": "haechi",
            "X-ClickHouse-Timezone": self._engine.timezone,
            "X-ClickHouse-Summary": json.dumps(summary | heading.summary),
        }
        if heading.result_format:
            fields["X-ClickHouse-Format"] = heading.result_format
        return fields

    def error_text(self, refusal: Refusal) -> str:
        """Text of a refusal, as a client reads it."""
        return refusal.text(self._engine.version)

    def refused(self, refusal: Refusal, query_id: str) -> Response:
        """Answer with an error."""
        headers = {
            "X-ClickHouse-Exception-Code": str(refusal.code),
            "X-ClickHouse-Query-Id": query_id,
        }
        if refusal.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        return PlainTextResponse(self.error_text(refusal), refusal.status, headers)


class _JobResponse(Response):
    """The answer of a job, which is cancelled when the client goes away."""

    def __init__(self, gateway: Gateway, user: User, job: Job, query_id: str) -> None:
        self._gateway = gateway
        self._user = user
        self._job = job
        self._query_id = query_id
        self._sent = False
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answering = asyncio.create_task(self._respond(scope, receive, send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            # The end of the answer also counts as the client's leaving.
            if not answering.done() and not self._sent:
                answering.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)
        if not answering.cancelled():
            answering.result()

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._gateway.place(self._user):
                self._gateway.begin(self._user, self._job)
                try:
                    await self._send_result(send)
                finally:
                    # The place is free only when the thread is.
                    await asyncio.shield(self._finish())
        except Refusal as refusal:
            await self._gateway.refused(refusal, self._query_id)(scope, receive, send)

    async def _finish(self) -> None:
        await self._job.finish()
        self._gateway.end(self._job)

    async def _send_result(self, send: Send) -> None:
        heading = await self._job.next()
        if isinstance(heading, Refusal):
            raise heading
        assert isinstance(heading, Heading)
        # Errors that show at the first block still get a status and a number of their own.
        piece = await self._job.next()
        if isinstance(piece, Refusal):
            raise piece
        tag = secrets.token_hex(8)
        headers = self._gateway.headers(self._query_id, heading)
        headers["X-ClickHouse-Exception-Tag"] = tag
        headers["Content-Type"] = "text/plain; charset=UTF-8"
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        if piece is None:
            raw.append((b"content-length", b"0"))
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        while isinstance(piece, bytes):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await self._job.next()
        end = b""
        if isinstance(piece, Refusal):
            message = self._gateway.error_text(piece).encode()
            end = b"\r\n__exception__\r\n%b\r\n%b%d %b\r\n__exception__\r\n" % (
                tag.encode(),
                message,
                len(message),
                tag.encode(),
            )
        self._sent = True
        await send({"type": "http.response.body", "body": end, "more_body": False})


def _packed(pieces: Generator[Heading | bytes], method: str) -> Generator[Heading | bytes]:
    """Compress a result; in the thread that makes it."""
    with closing(pieces):
        for piece in pieces:
            yield pack(piece, method) if isinstance(piece, bytes) else piece


async def _ping(_: Request) -> Response:
    return PlainTextResponse("Ok.\n")


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
