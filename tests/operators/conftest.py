"""A small border whose log may name artefacts."""

from __future__ import annotations

import pytest
from border import Border
from promoting import Shelf


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def border(shelf: Shelf) -> Border:
    made = Border()
    made.shard.promotions.artefacts = shelf
    return made
