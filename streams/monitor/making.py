"""Objects of river from what monitor.toml names; nothing that is not river's is ever made."""

from __future__ import annotations

import importlib
import inspect
from typing import Any, Final

from river import base, compose

from haechi.configs.monitor import Challenger, Drift, Made
from haechi.engine.errors import ConfigError

SEED: Final = 7
"""For what draws at random and was given no seed: a log read twice must say the same."""


def make(made: Made) -> Any:
    """Make an object and whatever stands in its parameters.

    Raises
    ------
    ConfigError
        If there is no such class of river, or it does not take the parameters.
    """
    cls = _class_of(made)
    given = {key: _value(value) for key, value in made.parameters}
    known = inspect.signature(cls).parameters
    if "seed" in known and "seed" not in given:
        given["seed"] = SEED
    try:
        return cls(**given)
    except Exception as error:
        raise ConfigError(
            f"{made.path}: {made.name} cannot be made: {error}; it takes "
            f"{', '.join(known) or 'no parameters'}"
        ) from error


def make_detector(drift: Drift) -> Any:
    """Make a drift detector; raises ConfigError as :func:`make` does, and if it is none."""
    detector = make(drift.detector)
    if not isinstance(detector, base.DriftDetector) or isinstance(
        detector, base.BinaryDriftDetector
    ):
        raise ConfigError(
            f"{drift.detector.path}: {drift.detector.name} takes no numbers; name a detector of "
            "river.drift, such as river.drift.ADWIN"
        )
    return detector


def make_classifier(challenger: Challenger) -> Any:
    """Make a challenger's pipeline; raises ConfigError as :func:`make` does."""
    *before, last = (make(step) for step in challenger.steps)
    for step, one in zip(challenger.steps, before, strict=False):
        if not isinstance(one, base.Transformer):
            raise ConfigError(f"{step.path}: {step.name} is no transformer; the classifier is last")
    if not isinstance(last, base.Classifier):
        step = challenger.steps[-1]
        raise ConfigError(f"{step.path}: {step.name} is no classifier; end with one")
    return compose.Pipeline(*before, last)


def _class_of(made: Made) -> type[Any]:
    module, _, name = made.name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        raise ConfigError(f"{made.path}: this river has no {made.name}; see river's API") from None
    if not inspect.isclass(found) or not issubclass(found, base.Base):
        raise ConfigError(f"{made.path}: {made.name} is no class of river; see river's API")
    return found


def _value(value: Any) -> Any:
    if isinstance(value, Made):
        return make(value)
    return [_value(one) for one in value] if isinstance(value, list) else value
