"""A rule set as bytes, to be named by their hash: what two approvers put into force.

It holds the text and the numbers of the lanes that the text may name, so that the log and its
artefacts are enough to compile it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from haechi.configs.rule_set import MOST_BYTES, RuleSet
from haechi.engine.errors import ConfigError

MAGIC: Final = b"HAECHI-RULES-01\n"


def pack_rules(text: str, lanes: Mapping[str, int]) -> bytes:
    """Write a rule set as an artefact; the same text and lanes give the same bytes.

    Parameters
    ----------
    text
        TOML.
    lanes
        Numbers of the lanes, by name.
    """
    said = {"lanes": dict(lanes), "toml": text}
    return MAGIC + json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def unpack_rules(content: bytes, now_us: int = 0) -> RuleSet:
    """Read a rule set from an artefact.

    Parameters
    ----------
    content
        What :func:`pack_rules` wrote.
    now_us
        What ended before is refused; 0 where that was checked when it was approved.

    Raises
    ------
    ConfigError
        If it is none, or its rules cannot be used; with line and what is wrong.
    """
    return _unpack(content, now_us if now_us and _ends_before(content, now_us) else 0)


def _ends_before(content: bytes, now_us: int) -> bool:
    """Whether some rule or pack is over, so that reading it again must say which."""
    rule_set = _unpack(content, 0)
    ends = [*(rule.until_us for rule in rule_set.rules), *(p.until_us for p in rule_set.packs)]
    return any(end <= now_us for end in ends)


@lru_cache(maxsize=8)
def _unpack(content: bytes, now_us: int) -> RuleSet:
    lanes, text = _parts(content)
    return RuleSet.parse(text, lanes, now_us=now_us)


def lanes_of(content: bytes) -> dict[str, int]:
    """Numbers of the lanes for which a rule set was packed, by name; raises ConfigError."""
    return _parts(content)[0]


def _parts(content: bytes) -> tuple[dict[str, int], str]:
    if not content.startswith(MAGIC) or len(content) > 2 * MOST_BYTES:
        raise ConfigError("the artefact is no rule set; submit its text with haechi rules submit")
    try:
        said: Any = json.loads(content[len(MAGIC) :])
        lanes, text = said["lanes"], said["toml"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"the artefact is no rule set: {error}") from None
    if not isinstance(text, str) or not isinstance(lanes, dict):
        raise ConfigError("the artefact is no rule set: lanes or text are of the wrong kind")
    return lanes, text
