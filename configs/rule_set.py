"""A rule set as officers write it: TOML, checked, with the line of whatever is wrong.

name = "express"

[[rule]]
id = "cheap-electronics"
of = "parcel"
when = 'hs2 == 85 and price_ratio < -1.5'
verdict = "REFER"
directive = "OPEN_PARCEL"
reason = { en = "far below the usual price", ko = "통상 가격보다 훨씬 낮음" }
owner = "targeting-1"
legal_basis = "Customs Act, Article 246"
from = 2026-11-01T00:00:00+09:00
until = 2026-12-01T00:00:00+09:00
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from haechi.configs.condition import Condition, ConditionError
from haechi.configs.condition_reader import parse_condition
from haechi.configs.lines import Lines, LocatedTable
from haechi.configs.policy import NODE_OF, STAGES_OF
from haechi.configs.port import choice
from haechi.configs.tables import Table
from haechi.engine.codes import Directive, NodeKind, Stage, Verdict
from haechi.engine.errors import ConfigError
from haechi.engine.rules import MOST_CLAUSES, MOST_PACKS, MOST_RULES, MOST_TERMS, MOST_TESTS

MOST_BYTES: Final = 1 << 20
"""Length of a rule set's text."""

_OF: Final[dict[str, Literal["parcel", "traveler"]]] = {"parcel": "parcel", "traveler": "traveler"}
_VERDICTS: Final = {"REFER": Verdict.REFER, "HOLD": Verdict.HOLD}
_DIRECTIVES: Final = {
    one.name: one for one in Directive if one not in (Directive.NONE, Directive.DIVERT_CHUTE)
}
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_MOST_UPLIFT: Final = 20.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Parameters
    ----------
    id
        Its name, in the set and in every decision that it changed.
    of
        Kind of subject.
    condition
        What must hold.
    reason_en, reason_ko
        What an officer is told.
    owner, legal_basis
        Who answers for it, and by what right.
    from_us, until_us
        When it is in force, microseconds since the epoch, UTC.
    lanes, stages
        Where; lanes by number.
    priority
        The lower, the earlier it is named and the more its directive counts.
    verdict
        Least verdict, or None.
    directive
        Check that it asks for, or None.
    uplift
        What it adds to the log-odds.
    lane
        Number of the lane whose policy then holds, 0 for none.
    snooze
        Rules that are silent where it holds.
    pack
        Campaign whose quota it uses, or an empty string.
    shadow
        Whether it is only noted.
    four_eyes
        Whether two officers must agree to undo it.
    """

    id: str
    of: Literal["parcel", "traveler"]
    condition: Condition
    reason_en: str
    reason_ko: str
    owner: str
    legal_basis: str
    from_us: int
    until_us: int
    lanes: tuple[int, ...]
    stages: tuple[Stage, ...]
    priority: int
    verdict: Verdict | None
    directive: Directive | None
    uplift: float
    lane: int
    snooze: tuple[str, ...]
    pack: str
    shadow: bool
    four_eyes: bool

    @property
    def node(self) -> NodeKind:
        """Kind of case."""
        return NODE_OF[self.of]

    @property
    def effect(self) -> str:
        """What it does, in short."""
        parts = [
            self.verdict.name if self.verdict else "",
            f"{self.uplift:+g}" if self.uplift else "",
        ]
        parts += [f"lane {self.lane}" if self.lane else "", "snooze" if self.snooze else ""]
        return ", ".join(part for part in parts if part)


def rule_name(rules: Sequence[Rule], place: int) -> str:
    """Name of the rule at a place in the core's arrays; the place if the set is not at hand."""
    return rules[place].id if place < len(rules) else f"rule {place}"


@dataclass(frozen=True, slots=True)
class Pack:
    """A campaign: rules that share a quota and an end.

    Parameters
    ----------
    id
        Its name.
    quota
        How many answers a day (UTC) its rules may change.
    until_us
        Its end, microseconds since the epoch, UTC.
    """

    id: str
    quota: int
    until_us: int


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """A whole file. It equals nothing but itself, so that it is a key without being read.

    Parameters
    ----------
    name
        Of the set.
    rules, packs
        What it holds.
    text
        The file, as it was read.
    """

    name: str
    rules: tuple[Rule, ...]
    packs: tuple[Pack, ...]
    text: str

    @property
    def sha256(self) -> bytes:
        """Hash of the text, 32 bytes: the set's version."""
        return hashlib.sha256(self.text.encode()).digest()

    @classmethod
    def parse(
        cls, text: str, lanes: Mapping[str, int], file: str = "rules.toml", now_us: int = 0
    ) -> RuleSet:
        """Read and check a rule set.

        Parameters
        ----------
        text
            TOML.
        lanes
            Numbers of the lanes that there are, by name.
        file
            Its name, for messages.
        now_us
            What ended before is refused; 0 where that was checked when it was approved.

        Raises
        ------
        ConfigError
            With file, line and what is wrong.
        """
        if len(text) > MOST_BYTES:
            raise ConfigError(
                f"{file} has {len(text):,} characters; at most {MOST_BYTES:,} are allowed: split it"
            )
        root = Table.parse(text, file)
        places = Lines(text, file)
        name = root.text("name")
        packs = tuple(_packs(root, places, now_us))
        rules = tuple(_rules(root, places, lanes, packs, now_us))
        root.finish()
        _check_size(rules, file)
        _check_snoozed(rules, places)
        return cls(name, rules, packs, text)


def _packs(root: Table, lines: Lines, now_us: int) -> Iterator[Pack]:
    seen: set[str] = set()
    for at, plain in enumerate(root.listed("pack")):
        if at == MOST_PACKS:
            raise ConfigError(f"{lines.file}: more than {MOST_PACKS} packs; end some")
        table = LocatedTable(plain, lines, "pack", at)
        identity = _identity(table, seen)
        quota = table.whole("quota", 1, 1_000_000_000)
        until_us = _end(table, now_us, "a campaign must have an end")
        table.finish()
        yield Pack(identity, quota, until_us)


def _rules(
    root: Table, lines: Lines, lanes: Mapping[str, int], packs: Sequence[Pack], now_us: int
) -> Iterator[Rule]:
    seen: set[str] = set()
    ends = {pack.id: pack.until_us for pack in packs}
    for at, plain in enumerate(root.listed("rule")):
        table = LocatedTable(plain, lines, "rule", at)
        identity = _identity(table, seen)
        of = choice(table, "of", _OF)
        pack = table.text("pack") if table.has("pack") else ""
        if pack and pack not in ends:
            known = ", ".join(ends) or "none"
            raise table.wrong("pack", f"there is no such pack; there are: {known}")
        from_us = _moment(table, "from") if table.has("from") else 0
        until_us = _end(table, now_us, "a rule must have an end")
        if until_us <= from_us:
            raise table.wrong("until", "it must come after from")
        reason = table.table("reason")
        rule = Rule(
            id=identity,
            of=of,
            condition=_condition(table, of),
            reason_en=reason.text("en"),
            reason_ko=reason.text("ko"),
            owner=table.text("owner"),
            legal_basis=table.text("legal_basis"),
            from_us=from_us,
            until_us=min(until_us, ends.get(pack, until_us)),
            lanes=_lanes(table, lanes),
            stages=_stages(table, of),
            priority=table.whole("priority", 0, 1000) if table.has("priority") else 100,
            verdict=choice(table, "verdict", _VERDICTS) if table.has("verdict") else None,
            directive=choice(table, "directive", _DIRECTIVES) if table.has("directive") else None,
            uplift=_uplift(table),
            lane=choice(table, "lane", lanes) if table.has("lane") else 0,
            snooze=table.texts("snooze") if table.has("snooze") else (),
            pack=pack,
            shadow=table.flag("shadow") if table.has("shadow") else False,
            four_eyes=table.flag("four_eyes") if table.has("four_eyes") else False,
        )
        reason.finish()
        table.finish()
        if not (rule.verdict or rule.directive or rule.uplift or rule.lane or rule.snooze):
            raise table.wrong(
                "verdict", "a rule must do something: verdict, directive, uplift, lane or snooze"
            )
        if rule.condition.reads_a_face_alone and (rule.verdict == Verdict.HOLD or rule.uplift):
            raise table.wrong(
                "when", "a face alone never holds anyone; ask for other evidence too, or only REFER"
            )
        if rule.directive and not rule.verdict:
            raise table.wrong("directive", "a check needs a verdict, REFER or HOLD, to go with it")
        yield rule


def _check_size(rules: Sequence[Rule], file: str) -> None:
    """Refuse what would take too much room in the core."""
    clauses = [clause for rule in rules for clause in rule.condition.clauses]
    checks = [check for clause in clauses for check in clause]
    computed = {check.of for check in checks if not isinstance(check.of, int)}
    for count, most, what in (
        (len(rules), MOST_RULES, "rules"),
        (len(clauses), MOST_CLAUSES, "alternatives"),
        (len(checks), MOST_TESTS, "comparisons"),
        (len(computed), MOST_TERMS, "different computed numbers"),
    ):
        if count > most:
            raise ConfigError(f"{file} has {count} {what}; at most {most} are allowed")


def _check_snoozed(rules: Sequence[Rule], lines: Lines) -> None:
    by_id = {rule.id: rule for rule in rules}
    for at, rule in enumerate(rules):
        for other in rule.snooze:
            there = by_id.get(other)
            if there is None or there.of != rule.of or there.snooze:
                line = lines.line("rule", at, "snooze")
                why = "which snoozes itself" if there is not None and there.snooze else "unknown"
                raise ConfigError(
                    f"{lines.file}, line {line}: rule {rule.id}: snooze names {other!r}, {why}; "
                    f"name rules of a {rule.of} in this file that snooze nothing"
                )


def _identity(table: LocatedTable, seen: set[str]) -> str:
    identity = table.text("id")
    if _ID.fullmatch(identity) is None:
        raise table.wrong("id", "use lower-case letters, digits and hyphens, at most 64")
    if identity in seen:
        raise table.wrong("id", "it stands above already; give each its own")
    seen.add(identity)
    return identity


def _condition(table: LocatedTable, of: Literal["parcel", "traveler"]) -> Condition:
    text = table.text("when")
    try:
        return parse_condition(text, of)
    except ConditionError as error:
        raise ConfigError(f"{table.inside('when', error.line)}: {error}") from None


def _end(table: LocatedTable, now_us: int, why: str) -> int:
    if not table.has("until"):
        raise table.wrong("until", f"{why}, such as 2026-12-31T00:00:00+09:00")
    until_us = _moment(table, "until")
    if now_us and until_us <= now_us:
        raise table.wrong("until", "that is past; nothing would ever come of it")
    return until_us


def _moment(table: Table, key: str) -> int:
    value = table.read(key)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise table.wrong(key, "write a time with its offset, such as 2026-12-31T00:00:00+09:00")
    return round(value.timestamp() * 1_000_000)


def _lanes(table: Table, lanes: Mapping[str, int]) -> tuple[int, ...]:
    if not table.has("lanes"):
        return tuple(sorted(lanes.values()))
    names = table.texts("lanes")
    unknown = [name for name in names if name not in lanes]
    if unknown or not names:
        raise table.wrong("lanes", f"name some of {', '.join(lanes)}")
    return tuple(sorted({lanes[name] for name in names}))


def _stages(table: Table, of: str) -> tuple[Stage, ...]:
    stages = STAGES_OF[NODE_OF[of]]
    known = {stage.name: stage for stage in stages}
    if not table.has("stages"):
        return stages
    names = table.texts("stages")
    if not names or any(name not in known for name in names):
        raise table.wrong("stages", f"name some of {', '.join(known)}")
    return tuple(sorted({known[name] for name in names}))


def _uplift(table: Table) -> float:
    if not table.has("uplift"):
        return 0.0
    value = table.number("uplift")
    if abs(value) > _MOST_UPLIFT:
        raise table.wrong("uplift", f"it must lie between -{_MOST_UPLIFT:g} and {_MOST_UPLIFT:g}")
    return value
