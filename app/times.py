"""Times as people write them on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

from haechi.engine.errors import ConfigError


def time_us(text: str) -> int:
    """Read a time such as 2026-11-01T00:00:00+09:00; without a zone it is UTC.

    Returns
    -------
    Microseconds since the epoch.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text} is no time; write it as 2026-11-01T00:00:00+09:00") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000)
