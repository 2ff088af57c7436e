"""Asking the store over plain HTTP, which costs a command nothing to import."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Final
from urllib.parse import urlencode

from haechi.app.connect import StoreLogin
from haechi.engine.errors import StoreError

_CHUNK: Final = 1 << 16
_ANSWER_S: Final = 120


def stream(
    login: StoreLogin, sql: str, data_format: str, bound: Mapping[str, str] | None = None
) -> Iterator[bytes]:
    """Run a statement and give its result as it comes.

    Parameters
    ----------
    login
        The store, and as whom.
    sql
        The statement.
    data_format
        ClickHouse's name of a format, for statements that name none.
    bound
        Values of the statement's ``{name:Type}`` parameters, as ClickHouse reads them.

    Raises
    ------
    StoreError
        If the store refuses it, with ClickHouse's own words, or cannot be reached.
    """
    asked = {"default_format": data_format}
    asked |= {f"param_{name}": value for name, value in (bound or {}).items()}
    connection = http.client.HTTPConnection(login.host, login.port, timeout=_ANSWER_S)
    with closing(connection):
        try:
            connection.request(
                "POST",
                "/?" + urlencode(asked),
                sql.encode(),
                {"X-ClickHouse-User": login.user, "X-ClickHouse-Key": login.password},
            )
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise StoreError(answer.read().decode("utf-8", "replace").strip())
            while piece := answer.read(_CHUNK):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise StoreError(
                f"the store on {login.host}:{login.port} cannot be reached: {error}; "
                "start it with: haechi up"
            ) from None


def ask(login: StoreLogin, sql: str) -> list[str]:
    """Run a statement; its rows as tab-separated lines."""
    return b"".join(stream(login, sql, "TSV")).decode().splitlines()
