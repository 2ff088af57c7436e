from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faced import (
    DESK,
    EXIT,
    MINUTE,
    NOW,
    OTHER_EXIT,
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
from haechi.rpc.v1.envelope_pb2 import DocumentReference, SubjectReference
from haechi.rpc.v1.face_service_pb2 import (
    CAPTURE_FAULT_NO_FACE,
    EnrolWatchedRequest,
    FaceSeen,
    SubjectPresented,
)
from haechi.streams.faces.hall import Hall, News
from haechi.streams.faces.probe import Taken


def templates(hall: Hall) -> int:
    return sum(len(gallery) for gallery in hall.roster.sites.values())


def test_a_traveler_at_risk_is_recognised_at_the_exit_and_another_is_unknown(
    tmp_path: Path,
) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    enrolled(hall, "t2", 2)
    assert outcomes(leaves(hall, face(1, 0.3), "a")) == [(FaceOutcome.SAME, ["t1"])]
    assert outcomes(leaves(hall, face(3), "b")) == [(FaceOutcome.UNKNOWN, [])]


def test_who_is_not_at_risk_waits_in_memory_and_is_written_nowhere(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    hall.see(seen(DESK, face(1), "d", "t1"), NOW)
    assert hall.waiting == {"ICN-T1": 1}
    assert templates(hall) == 0
    assert outcomes(leaves(hall, face(1))) == [(FaceOutcome.UNKNOWN, [])]
    assert templates(hall_at(tmp_path)) == 0


@pytest.mark.parametrize("first", ["desk", "word"])
def test_the_engines_word_and_the_desk_may_come_in_any_order(tmp_path: Path, first: str) -> None:
    hall = hall_at(tmp_path)
    if first == "word":
        hall.hear(stopped("t1"), NOW)
    hall.see(seen(DESK, face(1), "d", "t1"), NOW)
    if first == "desk":
        hall.hear(stopped("t1"), NOW)
    assert outcomes(leaves(hall, face(1))) == [(FaceOutcome.SAME, ["t1"])]


@pytest.mark.parametrize("code", sorted(set(CodeClass)))
def test_only_a_risk_enrols(tmp_path: Path, code: CodeClass) -> None:
    hall = hall_at(tmp_path)
    hall.see(seen(DESK, face(1), "d", "t1"), NOW)
    hall.hear(stopped("t1", code), NOW)
    says_nothing = {
        CodeClass.CLEAR, CodeClass.MISSING_EVIDENCE, CodeClass.DEADLINE, CodeClass.OVERLOAD,
        CodeClass.ENGINE_UNREACHABLE, CodeClass.BAD_REQUEST, CodeClass.MODEL_BROKEN,
        CodeClass.RANDOM_CHECK, CodeClass.REVIEW_EXPIRED, CodeClass.NOT_ACKNOWLEDGED,
    }  # fmt: skip
    assert templates(hall) == (0 if code in says_nothing else 1)


def test_who_is_released_leaves_the_gallery_and_may_come_back_to_it(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    hall.hear(released("t1"), NOW)
    assert templates(hall) == 0
    assert hall.waiting == {"ICN-T1": 1}
    hall.hear(stopped("t1", CodeClass.SENSOR_ALARM), NOW)
    assert templates(hall) == 1
    hall.hear(released("t1"), NOW)
    assert templates(hall_at(tmp_path)) == 0


def test_with_everybody_enrolled_a_release_changes_nothing(tmp_path: Path) -> None:
    hall = hall_at(tmp_path, enrol='"all"')
    hall.see(seen(DESK, face(1), "d", "t1"), NOW)
    hall.hear(stopped("t1"), NOW)
    hall.hear(released("t1"), NOW)
    assert templates(hall) == 1


def test_a_claim_is_held_against_that_one_person(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    assert outcomes(leaves(hall, face(1), "a", traveler="t1")) == [(FaceOutcome.SAME, ["t1"])]
    assert outcomes(leaves(hall, face(9), "b", traveler="t1")) == [(FaceOutcome.DIFFERENT, ["t1"])]


def test_who_comes_with_anothers_papers_is_told_of_both(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    enrolled(hall, "t2", 2)
    told = outcomes(leaves(hall, face(2), "a", traveler="t1"))
    assert told == [(FaceOutcome.DIFFERENT, ["t1"]), (FaceOutcome.SAME, ["t2"])]


def test_the_claim_of_somebody_who_is_not_enrolled_says_nothing(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    assert outcomes(leaves(hall, face(1), "a", traveler="t1")) == [(FaceOutcome.UNKNOWN, [])]


def test_papers_shown_before_a_track_say_whose_it_is(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    hall.present(SubjectPresented(camera=DESK, subjects=named("t1"), presented_us=NOW))
    hall.see(seen(DESK, face(1), "d", at_us=NOW + 1), NOW)
    hall.hear(stopped("t1"), NOW)
    assert outcomes(leaves(hall, face(1))) == [(FaceOutcome.SAME, ["t1"])]


def test_papers_are_of_one_track_only(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    hall.present(SubjectPresented(camera=DESK, subjects=named("t1"), presented_us=NOW))
    hall.see(seen(DESK, face(1), "d1", track="a"), NOW)
    hall.see(seen(DESK, face(2), "d2", track="b"), NOW)
    assert hall.waiting == {"ICN-T1": 1}
    assert hall.counts[DESK, "NOBODY_PRESENTED"] == 1


def test_a_frame_has_one_effect_and_one_id(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    first, again = leaves(hall, face(1), "a"), leaves(hall, face(1), "a")
    assert first.event_ids == again.event_ids
    assert again.events == []
    other = hall_at(tmp_path)
    assert [e.envelope.event_id for e in leaves(other, face(1), "a").events] == [
        e.envelope.event_id for e in first.events
    ]


def test_a_track_tells_each_outcome_once(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    assert len(leaves(hall, face(1), "a", track="x").events) == 1
    assert len(leaves(hall, face(1), "b", track="x").events) == 0
    assert len(leaves(hall, face(1), "c", track="y").events) == 1


def test_no_event_ever_holds_a_template(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    taken = leaves(hall, face(1))
    for event in taken.events:
        wire = event.SerializeToString()
        assert len(wire) < 400
        assert face(1).astype(np.float32).tobytes()[:32] not in wire


def test_every_exit_of_a_terminal_searches_its_one_gallery(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    found = hall.see(seen(OTHER_EXIT, face(1), "a", at_us=NOW + WALK), NOW + WALK)
    assert outcomes(found) == [(FaceOutcome.SAME, ["t1"])]


def test_a_face_at_an_unlikely_time_must_be_more_alike(tmp_path: Path) -> None:
    hall = hall_at(tmp_path, penalty="0.9")
    enrolled(hall, "t1", 1)
    at_once = hall.see(seen(EXIT, face(1), "a", at_us=NOW + 1), NOW)
    assert outcomes(at_once) == [(FaceOutcome.UNKNOWN, [])]
    assert outcomes(leaves(hall, face(1), "b")) == [(FaceOutcome.SAME, ["t1"])]


def test_who_left_is_forgotten(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    hall.leave(named("t1"), anywhere)
    assert templates(hall) == 0
    assert not hall.roster.is_marked(token("t1"))


def test_a_follow_up_says_that_the_traveler_left(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    hall.hear(
        News(token("t1"), DecisionKind.FOLLOW_UP, Stage.EXIT, Verdict.REFER, CodeClass.RISK, NOW),
        NOW,
    )
    assert templates(hall) == 0


def test_who_is_released_at_the_exit_is_forgotten_and_waits_no_longer(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    hall.see(seen(DESK, face(2), "d2", "t2"), NOW)
    for traveler in ("t1", "t2"):
        hall.hear(
            News(
                token(traveler),
                DecisionKind.ANSWER,
                Stage.EXIT,
                Verdict.RELEASE,
                CodeClass.CLEAR,
                NOW,
            ),
            NOW,
        )
    assert templates(hall) == 0
    assert hall.waiting == {}


def test_a_traveler_is_known_by_any_name_the_desk_gave(tmp_path: Path) -> None:
    document = SubjectReference(
        document=DocumentReference(
            issuing_state="KOR", number="M1", flight="KE902", flight_date=20_261_121
        )
    )
    hall = hall_at(tmp_path)
    both = seen(DESK, face(1), "d", "t1")
    both.subjects.append(document)
    hall.see(both, NOW)
    by_document = hall.traveler([document]).ref
    hall.hear(
        News(by_document, DecisionKind.STANDING, Stage.DESK, Verdict.HOLD, CodeClass.RISK, NOW), NOW
    )
    assert templates(hall) == 1
    again = hall_at(tmp_path)
    assert again.erase(again.traveler([document]))[0] == 1


@pytest.mark.parametrize("late_us", [-241 * MINUTE, 6 * MINUTE])
def test_a_camera_whose_clock_is_wrong_is_named(tmp_path: Path, late_us: int) -> None:
    hall = hall_at(tmp_path)
    taken = hall.see(seen(EXIT, face(1), "a", at_us=NOW + late_us), NOW)
    assert taken.refusal_code == "OUT_OF_RANGE"


def test_time_ends_waiting_enrolment_and_risk(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    hall.see(seen(DESK, face(2), "d2", "t2"), NOW)
    hall.pass_time(NOW + 120 * MINUTE)
    assert hall.waiting == {}
    assert templates(hall) == 1
    hall.pass_time(NOW + 240 * MINUTE)
    assert templates(hall) == 0
    # A flight may take a day: the engine's word outlives the template.
    assert hall.roster.is_marked(token("t1"))
    hall.pass_time(NOW + 3 * 24 * 60 * MINUTE)
    assert not hall.roster.is_marked(token("t1"))


def test_the_best_photos_of_a_person_are_kept(tmp_path: Path) -> None:
    hall = hall_at(tmp_path, photos="2")
    hall.hear(stopped("t1"), NOW)
    for shot, quality in enumerate((0.5, 0.9, 0.8)):
        hall.see(seen(DESK, face(1, 0.1, shot), f"d{shot}", "t1", quality=quality), NOW)
    kept = hall.roster.person(token("t1")).faces.values()
    assert sorted(round(one.template.quality, 1) for one in kept) == [0.8, 0.9]


def test_the_watchlist_is_searched_at_the_desk_and_at_the_exit(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    request = EnrolWatchedRequest(
        entry_id="W-1", template=template(face(7)), legal_basis="warrant", until_us=NOW + MINUTE
    )
    assert hall.watch_for(request, NOW) == 1
    at_desk = hall.see(seen(DESK, face(7), "d", "t1"), NOW)
    (event,) = at_desk.events
    assert event.face_match.gallery_scope == "watchlist"
    assert event.face_match.candidates[0].traveler_id == "W-1"
    assert outcomes(at_desk) == [(FaceOutcome.SAME, ["t1"])]
    at_exit = leaves(hall, face(7))
    assert [event.face_match.gallery_scope for event in at_exit.events] == ["watchlist", "ICN-T1"]
    assert outcomes(at_exit)[0] == (FaceOutcome.SAME, [])


def test_erasing_leaves_nothing_in_memory_or_on_disk(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    enrolled(hall, "t2", 2)
    erased, digests = hall.erase(hall.traveler(named("t1")))
    assert (erased, len(digests)) == (1, 1)
    assert outcomes(leaves(hall, face(1))) == [(FaceOutcome.UNKNOWN, [])]
    assert hall_at(tmp_path).roster.has("ICN-T1", token("t2"))
    assert not hall_at(tmp_path).roster.has("ICN-T1", token("t1"))


def test_who_is_missed_at_the_exit_is_told_if_expected(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)

    def missed(frame: str, traveler: str) -> Taken:
        return hall.see(
            FaceSeen(
                camera=EXIT,
                frame_id=frame,
                captured_us=NOW + WALK,
                fault=CAPTURE_FAULT_NO_FACE,
                subjects=named(traveler),
            ),
            NOW + WALK,
        )

    assert outcomes(missed("a", "t1")) == [(FaceOutcome.NOT_CAPTURED, ["t1"])]
    assert outcomes(missed("b", "t2")) == []
    assert outcomes(missed("c", "")) == []
    assert hall.counts[EXIT, "NO_FACE"] == 3
