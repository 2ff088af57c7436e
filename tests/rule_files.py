"""Rule files for tests: a rule by its condition and what it does."""

from __future__ import annotations

from typing import Any

from haechi.configs.rule_set import RuleSet

LANES = {"walk": 1, "family": 2, "declare": 3, "screened": 4, "express": 5, "general": 6}
END = "2100-01-01T00:00:00Z"


def rule(name: str, when: str, of: str = "traveler", **given: Any) -> str:
    """One [[rule]] of a file; what is not given is filled in."""
    lines = {"verdict": '"REFER"'} if not given.keys() & _EFFECTS else {}
    lines |= {key: _toml(value) for key, value in given.items() if value is not None}
    lines.setdefault("until", END)
    text = "".join(f"{key} = {value}\n" for key, value in lines.items())
    marks = "'''" if "\n" in when else "'"
    return (
        f'[[rule]]\nid = "{name}"\nof = "{of}"\nwhen = {marks}{when}{marks}\n'
        f'reason = {{ en = "as {name} says", ko = "{name}" }}\n'
        f'owner = "targeting-1"\nlegal_basis = "Act, Article 1"\n{text}'
    )


_EFFECTS = {"verdict", "uplift", "lane", "snooze"}


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value[:1] != "2":
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value)


def text_of(*parts: str, name: str = "trial") -> str:
    """A whole file."""
    return f'name = "{name}"\n\n' + "\n".join(parts)


def parsed(*parts: str, now_us: int = 0) -> RuleSet:
    """A rule set of some rules and packs."""
    return RuleSet.parse(text_of(*parts), LANES, now_us=now_us)
