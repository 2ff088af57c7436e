"""What rows of the feature table are made of.

A :class:`Feature` is one row. The other three stand for several rows each, and take any party
or any fields: the core computes them from these rows, not from code of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from haechi.engine.codes import Party

Kind = Literal["number", "flag", "code", "token"]
Learn = Literal["alone", "paired", "general", "none"]


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
    scale
        ``linear``, or ``log`` for bins of log2(1 + value).
    learn
        How the learned model reads it: ``alone``, ``paired`` (also with every other paired
        feature), ``general`` (for goods of which nothing is known yet), or ``none``.
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
    scale: Literal["linear", "log"] = "linear"
    learn: Learn = "alone"
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
    """

    party: Party
    field: str

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
                    0.5),
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
    field
        See :class:`Feature`.
    learn
        See :class:`Feature`.
    """

    party: Party
    value: Literal["price", "mass", "unit_price"]
    field: str
    learn: Learn = "alone"

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
                    f"{what} is 2^{{value:+.1f}} of what is usual for the {whose}", 0.25,
                    learn=self.learn),
            Feature(f"{self.name}_calm", "parcel", "number", "days", self.field, "history",
                    "since the ratio was last high, at most 60",
                    f"{what} was last unusually high {{value:.0f}} days ago for the {whose}", 0.5,
                    scale="log", learn=self.learn),
            Feature(f"{self.name}_peak", "parcel", "number", "log2 ratio", self.field, "history",
                    "highest of late, decayed, 5 d",
                    f"{what} lately rose to 2^{{value:+.1f}} of what is usual for the {whose}",
                    0.25, learn=self.learn),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """What inspections found of a party since the last time that they found nothing.

    Parameters
    ----------
    party
        Whose.
    ratio
        Feature that tells how unusual a finding was: the ratio of a :class:`Baseline`.
    field
        See :class:`Feature`.
    learn
        See :class:`Feature`.
    """

    party: Party
    ratio: str
    field: str
    learn: Learn = "alone"

    @property
    def name(self) -> str:
        """Beginning of its features' names."""
        return f"{self.party.name.lower()}_run"

    @property
    def features(self) -> tuple[Feature, ...]:
        """Length of the run, its age, age of the last clean inspection, how usual it looks."""
        whose = self.party.name.lower().replace("_", " ")
        return (
            Feature(self.name, "parcel", "number", "findings", self.field, "history",
                    "since the last clean inspection",
                    f"{{value:.0f}} finding(s) in a row against the {whose}", 0.5, scale="log",
                    learn=self.learn),
            Feature(f"{self.name}_days", "parcel", "number", "days", self.field, "history",
                    "since the run began, at most 60",
                    f"the {whose}'s first finding in a row was {{value:.0f}} days ago", 0.5,
                    scale="log", learn=self.learn),
            Feature(f"{self.name}_clean_days", "parcel", "number", "days", self.field, "history",
                    "since the last clean inspection, at most 60",
                    f"the {whose} was last inspected and clean {{value:.0f}} days ago", 0.5,
                    scale="log", learn=self.learn),
            Feature(f"{self.name}_low", "parcel", "number", "log2 ratio", self.field, "history",
                    "lowest of the run",
                    f"the {whose}'s findings in a row include one at 2^{{value:+.1f}} of the usual",
                    0.25, learn=self.learn),
            Feature(f"{self.name}_usual", "parcel", "number", "findings", self.field, "history",
                    "in the run, of those that looked usual",
                    f"{{value:.0f}} finding(s) in a row against the {whose} looked usual", 0.5,
                    scale="log", learn=self.learn),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Memory:
    """What inspections found of goods that agree in all these fields.

    Parameters
    ----------
    parts
        Names of two to seven features; of numbers their bin, unless ``exact``.
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
        return self.alias or "_x_".join(self.parts)

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
