"""The pages and what they ask for, joined."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from haechi.dashboards.web import acts, decisions, search
from haechi.dashboards.web.guard import BODY_MOST, Guard
from haechi.dashboards.web.hub import Hub
from haechi.dashboards.web.looks import Looks
from haechi.dashboards.web.poller import Poller
from haechi.dashboards.web.reach import Reach
from haechi.dashboards.web.sessions import COOKIE, SHIFT_S, Refused, Session, Sessions, TooMany
from haechi.dashboards.web.store import Store
from haechi.engine.errors import BadInput, Unavailable
from haechi.rpc.roles import Role
from haechi.streams.decode import parties

STATIC: Final = Path(str(files("haechi.dashboards.web"))) / "static"
_ID: Final = re.compile(r"[0-9a-f]{32}")
_ACTING: Final = frozenset({Role.OFFICER})
_REPLAYING: Final = frozenset({Role.OFFICER, Role.OPERATOR})
_AUDITING: Final = frozenset({Role.OPERATOR})
_ALL: Final = frozenset(Role)

Answer = Callable[[Request, Session], Awaitable[Response]]


class Pages:
    """The routes.

    Parameters
    ----------
    reach
        The installation.
    secure
        Whether the page is served over TLS, so that cookies need it.
    """

    def __init__(self, reach: Reach, *, secure: bool) -> None:
        self._reach = reach
        self._secure = secure
        self._store = Store(reach.store, reach.shard)
        self._sessions = Sessions(reach.keyring)
        self._looks = Looks(reach.looks)
        self._replaying = asyncio.Lock()
        self.hub = Hub()
        self._poller = Poller(self._store, reach.alive, reach.sensors, reach.run, self.hub)

    def application(self) -> Starlette:
        """Make the application."""
        page, data = self._page, self._data
        return Starlette(
            routes=[
                Route("/login", self._login_page),
                Route("/login", self._log_in, methods=["POST"]),
                Route("/logout", self._log_out, methods=["POST"]),
                Route("/", page("live")),
                Route("/search", page("search")),
                Route("/looks", page("looks")),
                Route("/decision/{id}", page("decision")),
                Route("/live", data(self._live)),
                Route("/api/me", data(self._me)),
                Route("/api/looks", data(self._list_looks, _AUDITING)),
                Route("/api/search", data(self._search, _ACTING), methods=["POST"]),
                Route("/api/decision/{id}", data(self._decision)),
                Route("/api/decision/{id}/act", data(self._act, _ACTING), methods=["POST"]),
                Route(
                    "/api/decision/{id}/replay", data(self._replay, _REPLAYING), methods=["POST"]
                ),
                Mount("/static", StaticFiles(directory=STATIC)),
            ],
            middleware=[Middleware(Guard)],
            lifespan=self._living,
        )

    @contextlib.asynccontextmanager
    async def _living(self, _: Starlette) -> AsyncIterator[None]:
        polling = asyncio.create_task(self._poller.work())
        try:
            yield
        finally:
            polling.cancel()
            self._looks.close()

    def _session(self, request: Request) -> Session | None:
        return self._sessions.find(request.cookies.get(COOKIE))

    def _page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if self._session(request) is None:
                return RedirectResponse("/login", 303)
            return _shell(name)

        return answer

    def _data(
        self, answer: Answer, roles: frozenset[Role] = _ALL
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            session = self._session(request)
            if session is None:
                return _said(401, "log in first")
            if session.person.role not in roles:
                wanted = " or ".join(sorted(roles))
                return _said(403, f"{session.person.name} is {session.person.role}; "
                                  f"this needs the role {wanted}")  # fmt: skip
            try:
                return await answer(request, session)
            except BadInput as error:
                return _said(409, str(error))
            except Unavailable as error:
                return _said(503, str(error).partition("\n")[0])

        return guarded

    async def _login_page(self, request: Request) -> Response:
        return RedirectResponse("/", 303) if self._session(request) else _shell("login")

    async def _log_in(self, request: Request) -> Response:
        token = (await _json(request)).get("token", "")
        caller = request.client.host if request.client else ""
        try:
            cookie = self._sessions.log_in(token if isinstance(token, str) else "", caller)
        except TooMany as error:
            return _said(429, str(error))
        except Refused as error:
            return _said(401, str(error))
        answer = JSONResponse({})
        answer.set_cookie(
            COOKIE, cookie, max_age=SHIFT_S, httponly=True, samesite="strict", secure=self._secure
        )
        return answer

    async def _log_out(self, request: Request) -> Response:
        self._sessions.log_out(request.cookies.get(COOKIE))
        answer = JSONResponse({})
        answer.delete_cookie(COOKIE)
        return answer

    async def _me(self, request: Request, session: Session) -> Response:
        person = session.person
        token = self._reach.edge.token(parties.OFFICER, person.name) if session.is_officer else 0
        return JSONResponse(
            {"name": person.name, "role": person.role.value, "token": f"{token:016x}"}
        )

    async def _live(self, request: Request, session: Session) -> Response:
        if self.hub.full:
            return _said(503, "too many pages are open")
        cookie = request.cookies.get(COOKIE)

        async def events() -> AsyncIterator[bytes]:
            async for event in self.hub.follow(whole=session.is_officer):
                if self._sessions.find(cookie) is None:
                    return
                yield event

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _list_looks(self, request: Request, session: Session) -> Response:
        return JSONResponse({"looks": await run_in_threadpool(self._looks.latest)})

    async def _decision(self, request: Request, session: Session) -> Response:
        decision_id = _id_of(request)
        self._looks.note(session.person, "DECISION", decision_id)
        shown = await run_in_threadpool(
            decisions.show, self._reach, self._store, session, decision_id
        )
        return JSONResponse(shown) if shown else _said(404, f"no decision {decision_id} is known")

    async def _search(self, request: Request, session: Session) -> Response:
        asked = search.wanted(self._reach.edge, await _json(request))
        self._looks.note(session.person, "SEARCH", asked.recorded)
        return JSONResponse({"found": await run_in_threadpool(search.found, self._store, asked)})

    async def _act(self, request: Request, session: Session) -> Response:
        decision_id = _id_of(request)
        asked = await _json(request)
        self._looks.note(session.person, "ACT", decision_id, str(asked.get("act", "")))
        return JSONResponse(
            await run_in_threadpool(acts.act, self._reach, session, decision_id, asked)
        )

    async def _replay(self, request: Request, session: Session) -> Response:
        decision_id = _id_of(request)
        if self._replaying.locked():
            raise Unavailable("another replay runs; try again in a minute")
        self._looks.note(session.person, "REPLAY", decision_id)
        async with self._replaying:
            return JSONResponse(await run_in_threadpool(self._reach.replay, decision_id))


def _shell(name: str) -> Response:
    text = (STATIC / "shell.html").read_text("utf-8")
    return HTMLResponse(text.replace("{page}", name))


def _said(status: int, text: str) -> Response:
    return JSONResponse({"said": text}, status)


def _id_of(request: Request) -> str:
    decision_id = str(request.path_params["id"]).lower()
    if not _ID.fullmatch(decision_id):
        raise BadInput("BAD_DECISION_ID", "a decision's id has 32 hexadecimal characters")
    return decision_id


async def _json(request: Request) -> dict[str, Any]:
    """What was sent, if it is an object and no longer than it may be."""
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > BODY_MOST:
            return {}
    with contextlib.suppress(ValueError, RecursionError):
        body = json.loads(raw)
        # Halves of characters, which JSON can escape, fit no store and no token.
        json.dumps(body, ensure_ascii=False).encode()
        if isinstance(body, dict):
            return body
    return {}
