"""What rows of the feature table are made of.

A :class:`Feature` is one row. The other three stand for several rows each, and take any party
or any fields: the core computes them from these rows, not from code of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from haechi.engine.codes import Party

Kind = Literal["number", "flag", "code", "token"]
Learn = Literal["alone", "none"]

_RATIOS = (0.585, 1.0, 1.322, 1.585, 2.0, 2.585)
"""log2 of 1.5, 2, 2.5, 3, 4 and 6."""

_DAYS = (1.0, 2.0, 4.0, 7.0, 8.0, 10.0, 14.0, 21.0, 28.0, 35.0, 42.0, 59.0)


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of the table.

    Parameters
    ----------
    name
        Column and rule name.
    of
        ``parcel``, ``traveler`` or ``both``.
    kind
        ``number``; ``flag`` (0 or 1); ``code`` (a packed short code or a number that names
        something); ``token`` (52 bits of a keyed hash).
    unit
        Unit of the value.
    field
        Source field that an officer knows it by; contributions are told by field.
    stream
        Evidence stream it comes from, in lower case.
    how
        How it is aggregated.
    text
        What an officer is told; ``{value}`` is the feature's value.
    step
        Width of the bins in which the learned model sees a number.
    edges
        Where its bins begin instead, ascending.
    learn
        Whether the shared part of the learned model reads it: ``alone`` or ``none``; memories and
        the general part name what they read.
    group
        Features of one group are also read in pairs.
    clear
        What it would say if its field gave no reason for concern, None where it could not honestly
        differ; see :mod:`haechi.operators.counterfactual`.
    linked
        Whether it carries another case's own risk. Such features are left out of a case's
        own risk, so that risk never travels in a circle.
    """

    name: str
    of: Literal["parcel", "traveler", "both"]
    kind: Kind
    unit: str
    field: str
    stream: str
    how: str
    text: str
    step: float = 1.0
    edges: tuple[float, ...] = ()
    learn: Learn = "alone"
    group: str = ""
    clear: float | None = None
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Encoding:
    """How often a party was seen, and what inspections found of it.

    Parameters
    ----------
    party
        Whose.
    field
        See :class:`Feature`.
    learn
        Whether the model reads the findings; not where a :class:`Run` tells more.
    """

    party: Party
    field: str
    learn: Learn = "alone"

    @property
    def name(self) -> str:
        """Beginning of its features' names."""
        return self.party.name.lower()

    @property
    def features(self) -> tuple[Feature, ...]:
        """Decayed findings as centred log-odds, decayed sightings."""
        whose = self.name.replace("_", " ")
        return (
            Feature(f"{self.name}_found", "parcel", "number", "log-odds", self.field, "history",
                    "decayed findings, 400 d", f"past findings of this {whose}, {{value:+.2f}}",
                    0.5, learn=self.learn),
            Feature(f"{self.name}_seen", "parcel", "number", "log2 parcels", self.field, "history",
                    "decayed, 400 d", f"this {whose} was seen 2^{{value:.1f}} times"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual for a party: a running mean that outliers cannot drag.

    Parameters
    ----------
    party
        Whose.
    value
        What is compared: ``price``, ``mass`` or ``unit_price``.
    field, group
        See :class:`Feature`.
    """

    party: Party
    value: Literal["price", "mass", "unit_price"]
    field: str
    group: str = ""

    @property
    def name(self) -> str:
        """Beginning of its features' names."""
        return f"{self.party.name.lower()}_{self.value}"

    @property
    def features(self) -> tuple[Feature, ...]:
        """Ratio to the mean, days since the ratio was last high, highest ratio of late."""
        whose = self.party.name.lower().replace("_", " ")
        what = self.value.replace("_", " ")
        return (
            Feature(f"{self.name}_ratio", "parcel", "number", "log2 ratio", self.field, "history",
                    "against a robust mean",
                    f"{what} is 2^{{value:+.1f}} of what is usual for the {whose}",
                    edges=_RATIOS, group=self.group),
            Feature(f"{self.name}_calm", "parcel", "number", "days", self.field, "history",
                    "since the ratio was last high, at most 60",
                    f"{what} was last unusually high {{value:.0f}} days ago for the {whose}",
                    edges=_DAYS, group=self.group),
            Feature(f"{self.name}_peak", "parcel", "number", "log2 ratio", self.field, "history",
                    "highest of late, decayed, 5 d",
                    f"{what} lately rose to 2^{{value:+.1f}} of what is usual for the {whose}",
                    edges=_RATIOS, group=self.group),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """What inspections found of a party in a row.

    Parameters
    ----------
    party
        Whose.
    against
        Baseline of the other party, which may be to blame for a finding instead.
    field, group
        See :class:`Feature`.
    """

    party: Party
    against: Baseline
    field: str
    group: str = ""

    @property
    def name(self) -> str:
        """Beginning of its features' names."""
        return f"{self.party.name.lower()}_run"

    @property
    def features(self) -> tuple[Feature, ...]:
        """Length of the run, its age, age of the last clean inspection, whom else to blame."""
        whose = self.party.name.lower().replace("_", " ")
        other = self.against.party.name.lower().replace("_", " ")
        return (
            Feature(self.name, "parcel", "number", "findings", self.field, "history",
                    "in a row; a clean inspection halves it",
                    f"{{value:.0f}} finding(s) in a row against the {whose}",
                    edges=(0.5, 1.5, 3.5, 7.5), group=self.group),
            Feature(f"{self.name}_days", "parcel", "number", "days", self.field, "history",
                    "since the run began, at most 60",
                    f"the {whose}'s first finding in a row was {{value:.0f}} days ago",
                    edges=_DAYS, group=self.group),
            Feature(f"{self.name}_clean_days", "parcel", "number", "days", self.field, "history",
                    "since the last clean inspection, at most 60",
                    f"the {whose} was last inspected and clean {{value:.0f}} days ago",
                    edges=_DAYS, group=self.group),
            Feature(f"{self.name}_blame", "parcel", "number", "log2 ratio", self.field, "history",
                    "lowest of the run",
                    f"of the {whose}'s findings in a row the {other} explains one least, "
                    "at 2^{value:+.1f} of its usual",
                    edges=(*_RATIOS, 5.6), group=self.group),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Memory:
    """What inspections found of goods that agree in all these fields.

    Parameters
    ----------
    parts
        Names of two to seven features, with the ending of their grid; of numbers their bin,
        unless ``exact``.
    field
        See :class:`Feature`.
    alias
        Name, where the parts' names are too many.
    exact
        Numbers agree to the last digit: this remembers a declaration, it does not generalise.
    finest
        Nothing known of it means that the goods are new; see :mod:`haechi.engine.inputs`.
    """

    parts: tuple[str, ...]
    field: str
    alias: str = ""
    exact: bool = False
    finest: bool = False

    @property
    def name(self) -> str:
        """Beginning of its features' names."""
        return self.alias or "_x_".join(part.partition("/")[0] for part in self.parts)

    @property
    def features(self) -> tuple[Feature, ...]:
        """Inspections that found something, and those that found nothing, both decayed."""
        what = self.name.replace("_x_", " with ").replace("_", " ")
        return (
            Feature(f"{self.name}_found", "parcel", "number", "inspections", self.field, "history",
                    "decayed findings, 400 d",
                    f"{{value:.1f}} finding(s) among goods of the same {what}", learn="none"),
            Feature(f"{self.name}_clean", "parcel", "number", "inspections", self.field, "history",
                    "decayed clean inspections, 400 d",
                    f"{{value:.1f}} clean inspection(s) of goods of the same {what}",
                    learn="none"),
        )  # fmt: skip
