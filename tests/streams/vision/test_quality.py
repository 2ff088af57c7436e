from __future__ import annotations

import numpy as np
import pytest
from vision import NAMES, crop, detector, image, needs_vision

from haechi.streams.vision.quality import angle, quality, sharpness

FRONTAL = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)


def turned(by: float) -> np.ndarray:
    """Landmarks with the nose aside, in distances of the eyes."""
    moved = FRONTAL.copy()
    moved[2, 0] += by * 40
    return moved


def test_a_frontal_face_is_at_its_best_and_a_profile_at_its_worst() -> None:
    assert angle(FRONTAL) == 1
    assert angle(turned(1.0)) == 0
    assert 0 < angle(turned(0.5)) < angle(turned(-0.3)) < 1


def test_a_tilted_head_loses_nothing() -> None:
    a = np.deg2rad(30)
    tilt = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]], np.float32)
    assert angle(turned(0.4) @ tilt.T) == pytest.approx(angle(turned(0.4)), abs=1e-5)


def test_landmarks_in_one_point_are_no_face() -> None:
    assert angle(np.zeros((5, 2), np.float32)) == 0


@pytest.mark.parametrize(("variance", "share"), [(0, 0), (3, 0), (17.32, 0.5), (100, 1), (9e3, 1)])
def test_sharpness_grows_with_detail(variance: float, share: float) -> None:
    assert sharpness(variance) == pytest.approx(share, abs=1e-3)


@needs_vision
@pytest.mark.parametrize("name", NAMES)
def test_photographs_are_good_and_spoilt_ones_are_not(name: str) -> None:
    from haechi.streams.vision.extra import opencv

    found = detector().find(image(name))[0]
    good = crop(name)
    assert quality(good, found.landmarks) > 0.9
    assert quality(opencv().GaussianBlur(good, (0, 0), 6), found.landmarks) < 0.3
    assert quality(good // 32, found.landmarks) < 0.3
