"""A rule's condition, checked: alternatives of which one must hold, each of comparisons."""

from __future__ import annotations

from dataclasses import dataclass

from haechi.engine.features import FEATURES
from haechi.engine.rules import Operation, Test


class ConditionError(Exception):
    """A condition that cannot be used.

    Parameters
    ----------
    message
        What was found, what is allowed.
    line
        Line within the text, from 0.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a computation on a stack: a value is pushed, or the topmost are combined.

    Parameters
    ----------
    operation
        What to do.
    value
        Place of the feature that is pushed, or the constant.
    """

    operation: Operation
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison.

    Parameters
    ----------
    of
        Place of a feature, or a computation.
    test
        What is asked.
    values
        What it is compared with; several for ``in``, none for ``known``.
    """

    of: int | tuple[Step, ...]
    test: Test
    values: tuple[float, ...] = ()

    @property
    def features(self) -> frozenset[int]:
        """Places of the features that it reads."""
        if isinstance(self.of, int):
            return frozenset({self.of})
        return frozenset(int(s.value) for s in self.of if s.operation == Operation.FEATURE)


Clause = tuple[Check, ...]
"""Comparisons that must all hold."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as alternatives, of which one must hold.

    Parameters
    ----------
    text
        As written.
    clauses
        The alternatives.
    """

    text: str
    clauses: tuple[Clause, ...]

    @property
    def reads_a_face_alone(self) -> bool:
        """Whether some alternative holds by what a camera saw and nothing else."""
        return any(
            all(FEATURES[place].stream == "face" for check in clause for place in check.features)
            for clause in self.clauses
        )
