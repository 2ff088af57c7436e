"""Reads what a rule asks of a case: an expression over the feature table.

The grammar is a small part of Python's: names of features, numbers, codes in quotes, comparisons,
``in``, ``and``, ``or``, ``not``, ``+ - * /`` and the functions in :data:`FUNCTIONS`. Nothing is
evaluated as Python. What is not known is neither more nor less than anything: a comparison with a
missing value is not met, and neither is its negation; ``known(name)`` asks for it.
"""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Final, Literal, NoReturn

from haechi.configs.condition import Check, Clause, Condition, ConditionError, Step
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.parts import Feature
from haechi.engine.records import code
from haechi.engine.rules import MOST_DEPTH, Operation, Test

FUNCTIONS: Final = {
    "abs": (1, Operation.ABS),
    "log2": (1, Operation.LOG2),
    "min": (2, Operation.MIN),
    "max": (2, Operation.MAX),
}
"""Functions of numbers by name: how many arguments, and what the kernel does."""

_ASKS: Final = {"known": Test.KNOWN, "missing": Test.MISSING}
_MOST_LENGTH: Final = 2000
_MOST_CLAUSES: Final = 64
_MOST_TESTS: Final = 512
_COMPARED: Final[dict[type[ast.cmpop], Test]] = {
    ast.Lt: Test.LESS,
    ast.LtE: Test.AT_MOST,
    ast.Gt: Test.MORE,
    ast.GtE: Test.AT_LEAST,
    ast.Eq: Test.EQUAL,
    ast.NotEq: Test.OTHER,
    ast.In: Test.ONE_OF,
    ast.NotIn: Test.NONE_OF,
}
_NOT: Final = {
    Test.LESS: Test.AT_LEAST,
    Test.AT_LEAST: Test.LESS,
    Test.MORE: Test.AT_MOST,
    Test.AT_MOST: Test.MORE,
    Test.EQUAL: Test.OTHER,
    Test.OTHER: Test.EQUAL,
    Test.ONE_OF: Test.NONE_OF,
    Test.NONE_OF: Test.ONE_OF,
    Test.KNOWN: Test.MISSING,
    Test.MISSING: Test.KNOWN,
}
_MIRRORED: Final = {
    Test.LESS: Test.MORE,
    Test.MORE: Test.LESS,
    Test.AT_MOST: Test.AT_LEAST,
    Test.AT_LEAST: Test.AT_MOST,
    Test.EQUAL: Test.EQUAL,
    Test.OTHER: Test.OTHER,
}
_SUMS: Final[dict[type[ast.operator], Operation]] = {
    ast.Add: Operation.ADD,
    ast.Sub: Operation.SUBTRACT,
    ast.Mult: Operation.MULTIPLY,
    ast.Div: Operation.DIVIDE,
}


def parse_condition(text: str, of: Literal["parcel", "traveler"]) -> Condition:
    """Read and check a condition.

    Parameters
    ----------
    text
        The expression.
    of
        Kind of subject whose features it may name.

    Raises
    ------
    ConditionError
        If it is none; the message says what was found and what is allowed.

    Examples
    --------
    >>> condition = parse_condition("price > 1 and (mass < 2 or xray_alarm)", "parcel")
    >>> [len(clause) for clause in condition.clauses]
    [2, 2]
    """
    if len(text) > _MOST_LENGTH:
        raise ConditionError(f"it has {len(text)} characters; at most {_MOST_LENGTH} are allowed")
    if not text.strip():
        raise ConditionError("it is empty; state what must hold, such as: xray_score > 0.8")
    try:
        # In brackets a condition may go over several lines.
        tree = ast.parse(f"({text}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = (getattr(error, "lineno", None) or 1) - 1
        said = getattr(error, "msg", None) or str(error)
        raise ConditionError(f"it cannot be read: {said}", min(line, text.count("\n"))) from None
    body = tree.body
    if (body.lineno, body.col_offset) == (1, 0):
        # Only what closes the bracket around it begins before the text does.
        raise ConditionError("it cannot be read: unmatched ')'")
    reader = _Reader(of)
    try:
        clauses = reader.alternatives(body, met=True)
    except RecursionError:
        raise ConditionError("it is nested too deeply; split it into several rules") from None
    if sum(map(len, clauses)) > _MOST_TESTS:
        raise _too_many()
    return Condition(text, clauses)


def _too_many() -> ConditionError:
    return ConditionError(
        f"it comes to more than {_MOST_CLAUSES} alternatives or {_MOST_TESTS} comparisons; "
        "split it into several rules"
    )


@dataclass(frozen=True, slots=True)
class _Number:
    """A number that is computed: from constants alone, or from features."""

    steps: tuple[Step, ...]
    letters: bool = False

    @property
    def constant(self) -> float | None:
        one = self.steps[0]
        return one.value if len(self.steps) == 1 and one.operation == Operation.CONSTANT else None

    @property
    def feature(self) -> int | None:
        one = self.steps[0]
        alone = len(self.steps) == 1 and one.operation == Operation.FEATURE
        return int(one.value) if alone else None


@dataclass(frozen=True, slots=True)
class _Reader:
    of: Literal["parcel", "traveler"]
    known: dict[str, Feature] = field(init=False)

    def __post_init__(self) -> None:
        known = {f.name: f for f in FEATURES if f.of in (self.of, "both")}
        object.__setattr__(self, "known", known)

    # -- what may hold -------------------------------------------------------------------

    def alternatives(self, node: ast.expr, *, met: bool) -> tuple[Clause, ...]:
        """The clauses of an expression, or of its negation."""
        if isinstance(node, ast.BoolOp):
            parts = [self.alternatives(value, met=met) for value in node.values]
            # By De Morgan, what is not met turns one into the other.
            every = isinstance(node.op, ast.And) == met
            return self._all(parts) if every else self._any(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.alternatives(node.operand, met=not met)
        if isinstance(node, ast.Compare):
            return self._compared(node, met=met)
        if isinstance(node, ast.Call) and _name(node.func) in _ASKS:
            asked = _ASKS[_name(node.func)]
            if len(node.args) != 1 or node.keywords or not isinstance(node.args[0], ast.Name):
                _refuse(node, f"{_name(node.func)}() takes the name of one feature")
            place = PLACE[self._feature(node.args[0]).name]
            return ((Check(place, asked if met else _NOT[asked]),),)
        if isinstance(node, ast.Name):
            feature = self._feature(node)
            if feature.kind != "flag":
                _refuse(node, f"{feature.name} is {_told(feature)}; compare it with something")
            return ((Check(PLACE[feature.name], Test.EQUAL, (1.0 if met else 0.0,)),),)
        raise _fault(
            node,
            "this neither holds nor fails; write a comparison, or combine some with and, or, not",
        )

    def _all(self, parts: list[tuple[Clause, ...]]) -> tuple[Clause, ...]:
        if math.prod(map(len, parts)) > _MOST_CLAUSES:
            raise _too_many()
        return tuple(tuple(c for clause in chosen for c in clause) for chosen in product(*parts))

    def _any(self, parts: list[tuple[Clause, ...]]) -> tuple[Clause, ...]:
        if sum(map(len, parts)) > _MOST_CLAUSES:
            raise _too_many()
        return tuple(clause for part in parts for clause in part)

    def _compared(self, node: ast.Compare, *, met: bool) -> tuple[Clause, ...]:
        sides = [node.left, *node.comparators]
        parts: list[tuple[Clause, ...]] = []
        for i, operator in enumerate(node.ops):
            test = _COMPARED.get(type(operator))
            if test is None:
                _refuse(node, "is and is not are not allowed; write == or !=")
            wanted = test if met else _NOT[test]
            if test in (Test.ONE_OF, Test.NONE_OF):
                check = self._among(sides[i], sides[i + 1], wanted)
            else:
                check = self._check(node, sides[i], wanted, sides[i + 1])
            parts.append(((check,),))
        return self._all(parts) if met else self._any(parts)

    def _check(self, node: ast.expr, left: ast.expr, test: Test, right: ast.expr) -> Check:
        one, other = self._value(left), self._value(right)
        if isinstance(one, str):
            one, other, test = other, one, _MIRRORED[test]
        if isinstance(one, str):
            _refuse(node, "two texts are compared; one side must be a feature")
        if isinstance(other, str):
            return Check(self._code_place(node, one, test), test, (_packed(node, other),))
        if one.letters or other.letters:
            _refuse(node, "a code is compared with a number; write the code in quotes, "
                          'such as origin == "CN"')  # fmt: skip
        if one.constant is not None and other.constant is not None:
            _refuse(node, "two constants are compared; one side must be a feature")
        if one.constant is not None:
            one, other, test = other, one, _MIRRORED[test]
        constant = other.constant
        if constant is not None:
            return Check(one.steps if one.feature is None else one.feature, test, (constant,))
        return Check(
            _bounded(node, (*one.steps, *other.steps, Step(Operation.SUBTRACT))), test, (0.0,)
        )

    def _code_place(self, node: ast.expr, one: _Number, test: Test) -> int:
        if not one.letters or one.feature is None:
            _refuse(node, "a text is compared with a number; only codes, such as origin, have one")
        if test not in (Test.EQUAL, Test.OTHER):
            _refuse(node, "codes have no order; write ==, != or in")
        return one.feature

    def _among(self, node: ast.expr, listed: ast.expr, test: Test) -> Check:
        if not isinstance(listed, ast.Tuple | ast.List | ast.Set) or not listed.elts:
            _refuse(listed, 'in takes a list of constants, such as ("CN", "HK")')
        one = self._value(node)
        if isinstance(one, str) or one.constant is not None:
            _refuse(node, "in asks for a feature on its left")
        values = []
        for element in listed.elts:
            value = self._value(element)
            if isinstance(value, str):
                self._code_place(element, one, Test.EQUAL)
                values.append(_packed(element, value))
            elif one.letters or value.constant is None:
                _refuse(element, "in takes constants of the kind of what is asked for")
            else:
                values.append(value.constant)
        of = one.steps if one.feature is None else one.feature
        return Check(of, test, tuple(sorted(set(values))))

    # -- what is a number ----------------------------------------------------------------

    def _value(self, node: ast.expr) -> _Number | str:
        if isinstance(node, ast.Constant):
            return _constant(node)
        if isinstance(node, ast.Name):
            feature = self._feature(node)
            if feature.kind == "flag":
                _refuse(node, f"{feature.name} is yes or no; write it alone, or with not")
            letters = feature.kind == "code" and "{code}" in feature.text
            return _Number((Step(Operation.FEATURE, PLACE[feature.name]),), letters=letters)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _folded(node, Operation.NEGATE, [self._number(node.operand)])
        if isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
            sides = [self._number(node.left), self._number(node.right)]
            return _folded(node, _SUMS[type(node.op)], sides)
        if isinstance(node, ast.Call) and _name(node.func) in FUNCTIONS:
            takes, operation = FUNCTIONS[_name(node.func)]
            if len(node.args) != takes or node.keywords:
                _refuse(node, f"{_name(node.func)}() takes {takes} number(s)")
            return _folded(node, operation, [self._number(one) for one in node.args])
        if isinstance(node, ast.Call):
            known, given = ", ".join([*FUNCTIONS, *_ASKS]), _name(node.func) or "of that form"
            _refuse(node, f"there is no function {given}; there are {known}")
        raise _fault(
            node, "this is no number; allowed are features, constants, + - * / and functions"
        )

    def _number(self, node: ast.expr) -> _Number:
        value = self._value(node)
        place = None if isinstance(value, str) else value.feature
        counted = place is None or FEATURES[place].kind == "number" or FEATURES[place].unit != "-"
        if isinstance(value, str) or not counted:
            _refuse(node, "a code is no number and cannot be computed with")
        return value

    def _feature(self, node: ast.Name) -> Feature:
        feature = self.known.get(node.id)
        if feature is None:
            _refuse(node, _unknown(node.id, self.of, self.known))
        if feature.kind == "token":
            _refuse(node, f"{node.id} is a hash that no rule can name; "
                          "watch a party by an intelligence entry")  # fmt: skip
        return feature


def _constant(node: ast.Constant) -> _Number | str:
    value = node.value
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(node, f"{value!r} is neither a number nor a code in quotes")
    number = float(value)
    if not math.isfinite(number):
        _refuse(node, "numbers must be finite")
    return _Number((Step(Operation.CONSTANT, number),))


def _folded(node: ast.expr, operation: Operation, parts: list[_Number]) -> _Number:
    """A computation; constants are computed at once, so that what is wrong with them shows."""
    if operation == Operation.DIVIDE and parts[1].constant == 0.0:
        _refuse(node, "division by zero")
    constants = [part.constant for part in parts]
    numbers = [constant for constant in constants if constant is not None]
    if len(numbers) == len(constants):
        try:
            value = float(_COMPUTED[operation](*numbers))
        except (ValueError, OverflowError, ZeroDivisionError):
            value = math.nan
        if not math.isfinite(value):
            _refuse(node, "this constant is no finite number")
        return _Number((Step(Operation.CONSTANT, value),))
    steps = tuple(step for part in parts for step in part.steps)
    return _Number(_bounded(node, (*steps, Step(operation))))


_COMPUTED: Final[dict[Operation, Callable[..., float]]] = {
    Operation.ADD: lambda a, b: a + b,
    Operation.SUBTRACT: lambda a, b: a - b,
    Operation.MULTIPLY: lambda a, b: a * b,
    Operation.DIVIDE: lambda a, b: a / b,
    Operation.NEGATE: lambda a: -a,
    Operation.ABS: abs,
    Operation.LOG2: math.log2,
    Operation.MIN: min,
    Operation.MAX: max,
}


def _bounded(node: ast.expr, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    depth = deepest = 0
    for step in steps:
        depth += step.operation.pushes
        deepest = max(deepest, depth)
    if deepest > MOST_DEPTH:
        _refuse(node, f"this needs {deepest} numbers at once; at most {MOST_DEPTH} are allowed")
    return steps


def _packed(node: ast.expr, text: str) -> float:
    try:
        return float(code(text))
    except ValueError as error:
        _refuse(node, str(error))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _told(feature: Feature) -> str:
    kinds = {"number": f"a number ({feature.unit})", "code": "a code", "flag": "yes or no"}
    return kinds.get(feature.kind, feature.kind)


def _unknown(name: str, of: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 3)
    other = name in PLACE
    hint = " (it is one of the other kind of subject's)" if other else ""
    meant = f"; did you mean {', '.join(near)}?" if near else "; see haechi rules features"
    return f"a {of} has no feature {name!r}{hint}{meant}"


def _fault(node: ast.expr, message: str) -> ConditionError:
    return ConditionError(message, node.lineno - 1)


def _refuse(node: ast.expr, message: str) -> NoReturn:
    raise _fault(node, message)
