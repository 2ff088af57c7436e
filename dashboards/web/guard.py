"""What every answer carries and every request must bring, whatever page it is for."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
"""Nothing inline, nothing from elsewhere, and no text that becomes markup."""

_HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_SAFE: Final = ("GET", "HEAD")
BODY_MOST: Final = 16_384


class Guard:
    """Refuses what comes from another page, and adds the headers.

    Parameters
    ----------
    application
        What answers.
    """

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return

        static = scope["path"].startswith("/static/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                # What is static may be kept, if the browser asks each time whether it changed.
                headers["cache-control"] = "no-cache" if static else "no-store"
            await send(message)

        asked = Headers(scope=scope)
        if scope["method"] not in _SAFE and not _is_own(asked):
            refusal = PlainTextResponse("this must come from the page itself\n", 403)
            await refusal(scope, receive, guarded)
        elif int(asked.get("content-length") or 0) > BODY_MOST:
            await PlainTextResponse("too long\n", 413)(scope, receive, guarded)
        else:
            await self._application(scope, receive, guarded)


def _is_own(asked: Headers) -> bool:
    """Whether our own page sent it: the browser says so, and no other page can make it."""
    site = asked.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = asked.get("origin")
    return origin is not None and urlsplit(origin).netloc == asked.get("host")
