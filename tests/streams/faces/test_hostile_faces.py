"""What cameras, clocks and restarts can do to the face service, and must not."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
from faced import (
    DESK,
    EXIT,
    MINUTE,
    NOW,
    WALK,
    anywhere,
    enrolled,
    face,
    hall_at,
    leaves,
    named,
    outcomes,
    released,
    seen,
    stopped,
    template,
    token,
)

from haechi.engine.codes import CodeClass, DecisionKind, FaceOutcome, Stage, Verdict
from haechi.operators.intake import Entry, Refusal
from haechi.rpc.v1.envelope_pb2 import DocumentReference, SubjectReference
from haechi.rpc.v1.face_service_pb2 import (
    CAPTURE_FAULT_TOO_SMALL,
    EnrolWatchedRequest,
    FaceSeen,
    FaceTemplate,
    SubjectPresented,
)
from haechi.streams.burial import bury
from haechi.streams.faces.hall import Hall, News

DOCUMENT = SubjectReference(
    document=DocumentReference(
        issuing_state="KOR", number="M1", flight="KE902", flight_date=20_261_121
    )
)


def templates(hall: Hall) -> int:
    return sum(len(gallery) for gallery in hall.roster.sites.values())


def missed(camera: str, frame: str, traveler: str = "", at_us: int = NOW) -> FaceSeen:
    return FaceSeen(
        camera=camera,
        frame_id=frame,
        captured_us=at_us,
        fault=CAPTURE_FAULT_TOO_SMALL,
        subjects=named(traveler),
    )


def test_a_fault_of_another_version_is_refused_and_the_service_lives(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    unknown = FaceSeen(camera=EXIT, frame_id="a", captured_us=NOW)
    unknown.MergeFromString(bytes([6 << 3, 99]))
    assert hall.see(unknown, NOW).refusal_code == "OUT_OF_RANGE"
    assert hall.see(seen(EXIT, face(1), "b"), NOW).refusal_code == ""


def test_a_refused_face_is_kept_by_nothing(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    hall.see(seen(DESK, face(1), "a", quality=0.1), NOW)
    hall.see(seen(DESK, face(2), "b", model_id="ArcFace@1"), NOW)
    gc.collect()
    kept = [one for one in gc.get_objects() if isinstance(one, FaceSeen | FaceTemplate)]
    assert kept == []


def test_faces_of_other_weights_that_waited_are_not_enrolled_beside(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    hall.see(seen(DESK, face(1), "a", "t1", model_id="SFace@aaaaaaaaaaaa"), NOW)
    hall.see(seen(DESK, face(2), "b", "t2", model_id="SFace@bbbbbbbbbbbb"), NOW)
    hall.hear(stopped("t1"), NOW)
    hall.hear(stopped("t2"), NOW)
    assert templates(hall) == 1
    assert hall.counts[DESK, "WRONG_MODEL"] == 1


@pytest.mark.parametrize("raw", [
    seen(DESK, face(1), "a", "t1").SerializeToString(),
    EnrolWatchedRequest(entry_id="W", template=template(face(1))).SerializeToString(),
    template(face(1)).SerializeToString(),
])  # fmt: skip
def test_a_template_that_goes_astray_is_in_no_dead_letter(raw: bytes) -> None:
    entry = Entry(raw, "camera", None, None, None)
    letter = bury(entry, Refusal("UNDECODABLE", "no event"))
    numbers = face(1).astype(np.float32).tobytes()
    assert numbers[:16] in raw
    assert numbers[:16] not in letter
    assert b"the rest is kept" in bury(
        Entry(b"the rest is kept", "camera", None, None, None), Refusal("UNDECODABLE", "")
    )


@pytest.mark.parametrize(
    "changed",
    [{"min_quality": "0.95"}, {"min_face_px": "500"}, {"name": '"ArcFace"'}, {"dimension": "512"}],
)
def test_a_changed_configuration_never_keeps_the_service_from_starting(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    again = hall_at(tmp_path, **changed)
    fits = "min_quality" in changed or "min_face_px" in changed
    assert (templates(again), again.roster.unfit) == ((1, 0) if fits else (0, 1))


def test_a_release_takes_out_whoever_is_enrolled_however_long_ago_the_word_came(
    tmp_path: Path,
) -> None:
    hall = hall_at(tmp_path)
    hall.hear(stopped("t1"), NOW)
    later = NOW + 180 * MINUTE
    hall.see(seen(DESK, face(1), "d", "t1", at_us=later), later)
    assert templates(hall) == 1
    hall.pass_time(NOW + 300 * MINUTE)
    hall.hear(released("t1"), NOW + 300 * MINUTE)
    assert templates(hall) == 0


def test_who_was_stopped_long_before_landing_is_enrolled_at_the_desk(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    hall.hear(stopped("t1"), NOW)
    later = NOW + 14 * 60 * MINUTE
    hall.pass_time(later)
    hall.see(seen(DESK, face(1), "d", "t1", at_us=later), later)
    assert templates(hall) == 1


def test_old_news_marks_nobody(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    hall.hear(stopped("t1"), NOW + 4 * 24 * 60 * MINUTE)
    assert not hall.roster.is_marked(token("t1"))


def test_a_poor_first_frame_leaves_the_papers_for_a_good_one(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    hall.hear(stopped("t1"), NOW)
    hall.present(SubjectPresented(camera=DESK, subjects=named("t1"), presented_us=NOW))
    hall.see(missed(DESK, "a"), NOW)
    hall.see(seen(DESK, face(1), "b", track="r-1", quality=0.1), NOW)
    hall.see(seen(DESK, face(1), "c", track="r-2"), NOW)
    assert templates(hall) == 1


def test_a_poor_frame_among_good_ones_takes_nothing_back(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    assert outcomes(leaves(hall, face(1), "a", traveler="t1")) == [(FaceOutcome.SAME, ["t1"])]
    assert hall.see(missed(EXIT, "b", "t1", NOW + WALK), NOW + WALK).events == []
    long_after = NOW + WALK + 2 * MINUTE
    told = hall.see(missed(EXIT, "c", "t1", long_after), long_after)
    assert outcomes(told) == [(FaceOutcome.NOT_CAPTURED, ["t1"])]


def test_a_track_that_ended_lends_its_papers_to_nobody(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    leaves(hall, face(1), "a", traveler="t1", track="7")
    later = NOW + WALK + 60 * MINUTE
    told = hall.see(seen(EXIT, face(9), "b", at_us=later, track="7"), later)
    assert outcomes(told) == [(FaceOutcome.UNKNOWN, [])]


def test_whom_any_release_at_the_exit_lets_go_is_forgotten(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    by_officer = News(
        token("t1"), DecisionKind.REVISION, Stage.EXIT, Verdict.RELEASE, CodeClass.OFFICER, NOW
    )
    hall.hear(by_officer, NOW)
    assert templates(hall) == 0
    assert hall.waiting == {}


def test_names_that_come_one_by_one_are_erased_together(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    by_document = seen(DESK, face(1), "a")
    by_document.subjects.append(DOCUMENT)
    hall.see(by_document, NOW)
    both = seen(DESK, face(1, 0.1), "b", "t1")
    both.subjects.append(DOCUMENT)
    hall.see(both, NOW)
    assert hall.erase(hall.traveler(named("t1")))[0] == 2
    assert hall.waiting == {}


def test_a_word_about_one_name_enrols_faces_under_another(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    hall.hear(stopped("t1"), NOW)
    by_document = seen(DESK, face(1), "a")
    by_document.subjects.append(DOCUMENT)
    hall.see(by_document, NOW)
    both = seen(DESK, face(1, 0.1), "b", "t1")
    both.subjects.append(DOCUMENT)
    hall.see(both, NOW)
    assert templates(hall) == 1


@pytest.mark.parametrize("field", ["camera", "frame", "track", "subject", "subjects"])
def test_names_longer_than_names_are_refused_and_kept_by_nothing(
    tmp_path: Path, field: str
) -> None:
    hall = hall_at(tmp_path)
    one = seen(EXIT, face(1), "f", track="t")
    long = "x" * 100_000
    if field == "camera":
        one.camera = long
    elif field == "frame":
        one.frame_id = long
    elif field == "track":
        one.track_id = long
    elif field == "subject":
        one.subjects.add().traveler_id = long
    else:
        one.subjects.extend(named("t") * 100)
    assert hall.see(one, NOW).refusal_code == "OUT_OF_RANGE"
    assert not hall._frames


def test_a_frame_that_was_refused_may_come_again(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    early = seen(EXIT, face(1), "a", at_us=NOW + 10 * MINUTE)
    assert hall.see(early, NOW).refusal_code == "OUT_OF_RANGE"
    assert hall.see(early, NOW + 6 * MINUTE).refusal_code == ""


def test_after_a_restart_a_frame_that_says_something_else_is_another_event(
    tmp_path: Path,
) -> None:
    hall = hall_at(tmp_path)
    unknown = leaves(hall, face(1), "a").event_ids
    again = hall_at(tmp_path)
    enrolled(again, "t1", 1)
    same = leaves(again, face(1), "a").event_ids
    assert len(unknown) == len(same) == 1
    assert unknown != same


def test_a_gate_of_another_site_lets_nobody_go(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    hall.see(seen(DESK, face(2), "d2", "t2"), NOW)
    for traveler in ("t1", "t2"):
        taken = hall.leave(named(traveler), lambda site: site != "ICN-T1")
        assert taken.refusal_code == "NOT_ALLOWED"
    assert (templates(hall), hall.waiting) == (1, {"ICN-T1": 1})
    assert hall.leave(named("t1"), anywhere).refusal_code == ""


def test_once_the_watchlist_has_run_out_other_weights_are_taken(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    request = EnrolWatchedRequest(
        entry_id="W", template=template(face(7)), legal_basis="law", until_us=NOW + MINUTE
    )
    hall.watch_for(request, NOW)
    hall.pass_time(NOW + MINUTE)
    assert hall.roster.model_id == ""
    other = seen(EXIT, face(1), "a", model_id="SFace@bbbbbbbbbbbb")
    assert hall.see(other, NOW).refusal_code == ""


def test_each_photo_waits_no_longer_than_it_may(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    for shot, minutes in enumerate((0, 100)):
        at_us = NOW + minutes * MINUTE
        hall.see(seen(DESK, face(1, 0.1, shot), f"d{shot}", "t1", at_us=at_us), at_us)
    hall.pass_time(NOW + 121 * MINUTE)
    assert hall.waiting == {"ICN-T1": 1}


def test_nobody_is_more_alike_than_the_same(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    for person in range(60):
        enrolled(hall, f"t{person}", person)
    for person in range(60):
        for event in leaves(hall, face(person), f"f{person}", traveler=f"t{person}").events:
            assert all(one.similarity <= 1.0 for one in event.face_match.candidates)
