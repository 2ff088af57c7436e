"""From model.toml to the records by which the core's models learn."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.tables import Table
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.inputs import MODEL
from haechi.engine.layout import Part

_PAIRED: Final = "paired"
_FTRL: Final = {"textbook": 0, "river": 1}


def compile_model(model_toml: str) -> NDArray[Any]:
    """Compile model.toml.

    Parameters
    ----------
    model_toml
        The file's text.

    Returns
    -------
    ``MODEL`` records, shape (2,): parcels, then travelers.

    Raises
    ------
    ConfigError
        Naming the key's path, its value and what it must be.
    """
    root = Table.parse(model_toml, "model.toml")
    models = np.zeros(2, MODEL)
    for row, of in enumerate(("parcel", "traveler")):
        section = root.table(of)
        model = models[row]
        model["reads"] = [feature.of in (of, "both") for feature in FEATURES]
        model["paired"] = 1
        for name in section.texts("without"):
            _leave_out(model, name, section)
        model["smoothing"] = _positive(section, "smoothing")
        kind = section.text("ftrl")
        if kind not in _FTRL:
            raise section.wrong("ftrl", f"it must be one of {', '.join(_FTRL)}")
        model["stale"] = _FTRL[kind]
        for part in Part:
            rate = section.table(part.name.lower())
            model["rate"][part]["alpha"] = _positive(rate, "alpha")
            model["rate"][part]["beta"] = _positive(rate, "beta")
            model["rate"][part]["l2"] = rate.number("l2")
            if not model["rate"][part]["l2"] >= 0.0:
                raise rate.wrong("l2", "it must not be negative")
            rate.finish()
        section.finish()
    root.finish()
    return models


def leave_out(models: NDArray[Any], name: str) -> NDArray[Any]:
    """The same models without one feature, one part of the table, or ``paired``.

    Parameters
    ----------
    models
        What :func:`compile_model` returned; not changed.
    name
        A feature's name or the beginning of several names, such as ``sender_run``.

    Raises
    ------
    KeyError
        If no feature begins so.
    """
    changed = models.copy()
    if name == _PAIRED:
        changed["paired"] = 0
        return changed
    gone = [i for i, feature in enumerate(FEATURES) if feature.name.startswith(name)]
    if not gone:
        raise KeyError(name)
    changed["reads"][:, gone] = 0
    return changed


def _leave_out(model: Any, name: str, section: Table) -> None:
    if name == _PAIRED:
        model["paired"] = 0
    elif name in PLACE:
        model["reads"][PLACE[name]] = 0
    else:
        raise section.wrong("without", f"{name!r} is no feature; see the feature table")


def _positive(table: Table, key: str) -> float:
    value = table.number(key)
    if not value > 0.0:
        raise table.wrong(key, "it must be greater than 0")
    return value
