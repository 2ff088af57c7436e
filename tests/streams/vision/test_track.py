from __future__ import annotations

import numpy as np
import pytest

from haechi.streams.vision.track import Box, Face, Tracks, overlap

ONE = np.array([1, 0, 0], np.float32)
OTHER = np.array([0, 1, 0], np.float32)
GAP_US = 1_000_000


def face(box: Box = (0, 0, 100, 100), template=ONE, quality: float = 0.5, traveler: str = ""):
    return Face(box, template, quality, traveler)


@pytest.fixture
def tracks() -> Tracks:
    return Tracks("run", GAP_US, alike=0.36)


def test_a_person_who_walks_on_is_one_track(tracks: Tracks) -> None:
    names = {tracks.follow([face((x, 0, 100, 100))], x)[0].id for x in range(0, 500, 50)}
    assert len(names) == 1


def test_someone_else_in_the_same_place_is_another_track(tracks: Tracks) -> None:
    first = tracks.follow([face()], 0)[0]
    assert tracks.follow([face(template=OTHER)], 1)[0] is not first


def test_another_claim_is_another_track(tracks: Tracks) -> None:
    first = tracks.follow([face(traveler="t1")], 0)[0]
    assert tracks.follow([face(traveler="t2")], 1)[0] is not first


def test_the_same_face_far_away_is_another_track(tracks: Tracks) -> None:
    first = tracks.follow([face()], 0)[0]
    assert tracks.follow([face((300, 0, 100, 100))], 1)[0] is not first


@pytest.mark.parametrize(("later_us", "same"), [(GAP_US, True), (GAP_US + 1, False)])
def test_a_track_ends_after_the_gap(tracks: Tracks, later_us: int, same: bool) -> None:
    first = tracks.follow([face()], 5)[0]
    assert (tracks.follow([face()], 5 + later_us)[0] is first) == same


def test_two_persons_keep_their_tracks_where_they_meet(tracks: Tracks) -> None:
    left, right = (0, 0, 100, 100), (40, 0, 100, 100)
    one, other = tracks.follow([face(left), face(right, OTHER)], 0)
    again = tracks.follow([face(left, OTHER), face(right)], 1)
    assert [track.id for track in again] == [other.id, one.id]


def test_two_faces_of_a_frame_never_share_a_track(tracks: Tracks) -> None:
    first = tracks.follow([face()], 0)[0]
    two = tracks.follow([face((5, 0, 100, 100)), face()], 1)
    assert two[1] is first
    assert two[0] is not first


def test_the_first_face_is_news_and_then_only_clearly_better_ones(tracks: Tracks) -> None:
    told = []
    for quality in (0.4, 0.45, 0.5, 0.55, 0.3, 0.7, 0.8, 0.95, 1.0):
        seen = face(quality=quality)
        if tracks.follow([seen], 0)[0].is_news(seen):
            told.append(quality)
    assert told == [0.4, 0.5, 0.7, 0.8]


def test_runs_never_share_names() -> None:
    assert Tracks("a", GAP_US, 0.36).new().id != Tracks("b", GAP_US, 0.36).new().id


@pytest.mark.parametrize(
    ("box", "shared"), [((0, 0, 2, 2), 1.0), ((1, 0, 2, 2), 1 / 3), ((2, 0, 2, 2), 0.0)]
)
def test_overlap_is_the_shared_part_of_both(box: Box, shared: float) -> None:
    assert overlap((0, 0, 2, 2), box) == pytest.approx(shared)
