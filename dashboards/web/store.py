"""Asking ClickHouse, as the analyst, by statements that stand in files."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Final

from haechi.engine.errors import Unavailable

_SECONDS: Final = 20
"""The longest is the first look at what waits, in a store of ten million decisions."""


@cache
def statement(name: str) -> str:
    """Text of a statement, such as ``live/lanes``."""
    return (files("haechi.dashboards.web") / f"{name}.sql").read_text("utf-8")


def statements() -> list[str]:
    """Names of all statements."""
    folder = files("haechi.dashboards.web")
    return sorted(
        f"{part}/{file.name.removesuffix('.sql')}"
        for part in ("asked", "live")
        for file in (folder / part).iterdir()
        if file.name.endswith(".sql")
    )


class Store:
    """The store, connected to when it is first asked, and again when it was gone.

    Parameters
    ----------
    connect
        Makes a clickhouse_connect client.
    shard
        Shard whose log places are meant; every statement may name it.
    """

    def __init__(self, connect: Callable[[], Any], shard: int = 0) -> None:
        self._connect: Final = connect
        self._shard: Final = shard
        self._client: Any = None

    def rows(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run a statement; its rows by name of column.

        Raises
        ------
        Unavailable
            If the store does not answer.
        """
        try:
            # Another thread may let go of it meanwhile.
            client = self._client or self._connect()
            self._client = client
            answer = client.query(
                statement(name),
                parameters={**parameters, "shard": self._shard},
                settings={"max_execution_time": _SECONDS},
            )
        except Exception as error:
            # clickhouse_connect raises its own errors, urllib3's and the system's.
            self._client = None
            logging.getLogger(__name__).warning("%s: %s", name, error)
            raise Unavailable(
                "the store does not answer; see whether it runs: haechi up"
            ) from error
        names = answer.column_names
        return [dict(zip(names, map(plain, row), strict=True)) for row in answer.result_rows]


def plain(value: Any) -> Any:
    """Leave out of a value what JSON cannot say: what is infinite, and what is no number."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value
