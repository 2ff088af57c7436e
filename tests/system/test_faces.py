"""Faces end to end: a traveler of the desk is recognised at the exit, and forgotten on request."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from faced import DESK, EXIT, face, seen, template
from system_messages import manifest, question, scan

from haechi.app import connect
from haechi.app.__main__ import main
from haechi.app.installation import Installation
from haechi.rpc.face_client import FaceClient
from haechi.rpc.v1 import face_service_pb2 as face_pb
from haechi.rpc.v1 import vocabulary_pb2 as words
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.watching import failure
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader

pytestmark = pytest.mark.slow
GATE = "ICN-T1-EXIT-1"
ALARM = 1
Until = Callable[..., Any]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    root = tmp_path_factory.mktemp("faces")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(root / "state"))
        with Installation(root / "data", any_port=True, faces=True) as running:
            yield running
            assert running.failed() is None


def now_us() -> int:
    return time.time_ns() // 1000


def cameras(port: Installation, name: str = "sensor") -> FaceClient:
    return connect.faces(port.folder, name)


def observe(port: Installation, *faces: face_pb.FaceSeen) -> list[face_pb.ObserveResponse]:
    with cameras(port) as camera:
        return list(camera.observe(face_pb.ObserveRequest(face_seen=one) for one in faces))


def publish(port: Installation, role: str, *events: Any) -> None:
    with port.client(role) as client:
        assert all(told.HasField("accepted") for told in client.publish(events))


def templates(port: Installation) -> int:
    with cameras(port, "operator") as client:
        return sum(one.templates for one in client.describe().galleries)


def counted(port: Installation, camera: str, what: str) -> int:
    with cameras(port, "operator") as client:
        counts = client.describe().counts
    return sum(one.count for one in counts if (one.camera, one.what) == (camera, what))


def put_at_risk(port: Installation, traveler: str) -> None:
    """A body scan that raises an alarm stops the traveler for a risk."""
    publish(port, "feeder", manifest(traveler))
    publish(port, "sensor", scan(0.97, ALARM, traveler=traveler))


def erase(port: Installation, traveler: str) -> face_pb.EraseFacesResponse:
    with cameras(port, "approver-1") as client:
        return client.erase(
            face_pb.EraseFacesRequest(
                subject=SubjectReference(traveler_id=traveler), reason="request 1"
            )
        )


def test_a_traveler_at_risk_is_pushed_to_the_exit_before_its_gate_asks(
    port: Installation, until: Until
) -> None:
    pushed: queue.Queue[Any] = queue.Queue()
    with port.client("gate") as gate:
        watching = gate.watch(gate=GATE)
        threading.Thread(target=lambda: [pushed.put(one) for one in watching], daemon=True).start()
        assert watching.standing.wait(20)
        (waits,) = observe(port, seen(DESK, face(1), "desk-1", "face-1", now_us()))
        assert (list(waits.event_ids), waits.refusal_code) == ([], "")
        assert templates(port) == 0
        put_at_risk(port, "face-1")
        until(lambda: templates(port) == 1)
        (told,) = observe(port, seen(EXIT, face(1, 0.2), "exit-1", at_us=now_us()))
        assert len(told.event_ids) == 1
        while (one := pushed.get(timeout=20)).gate != GATE:
            pass
        assert one.answer.verdict != words.VERDICT_RELEASE
        assert one.answer.stage == words.STAGE_EXIT
        assert one.subject_token == ""
        answer = gate.decide(question("face-1", GATE)).answer
        assert answer.verdict != words.VERDICT_RELEASE
        watching.close()


def test_somebody_else_is_unknown(port: Installation) -> None:
    before = counted(port, EXIT, "UNKNOWN")
    (told,) = observe(port, seen(EXIT, face(99), "exit-99", at_us=now_us()))
    assert len(told.event_ids) == 1
    assert counted(port, EXIT, "UNKNOWN") == before + 1


def test_enrolled_faces_outlive_the_service(port: Installation, until: Until) -> None:
    observe(port, seen(DESK, face(2), "desk-2", "face-2", now_us()))
    put_at_risk(port, "face-2")
    before = until(lambda: templates(port))
    port.children["faces"].kill()
    port.wait_ready("faces")
    assert until(lambda: templates(port)) >= before
    (told,) = observe(port, seen(EXIT, face(2), "exit-2", at_us=now_us()))
    assert len(told.event_ids) == 1


def test_no_template_lies_outside_the_gallery_and_an_erased_one_nowhere(
    port: Installation, until: Until
) -> None:
    vector = face(3)
    before = counted(port, DESK, "ENROLLED")
    observe(port, seen(DESK, vector, "desk-3", "face-3", now_us()))
    put_at_risk(port, "face-3")
    until(lambda: counted(port, DESK, "ENROLLED") > before)
    observe(port, seen(EXIT, vector, "exit-3", at_us=now_us()))
    port.wait_shipped()
    assert erase(port, "face-3").erased == 1
    assert erase(port, "face-3").erased == 0
    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    messages = in_the_log(port)
    assert b"exit-3" in messages
    for numbers in (vector.astype(np.float32), vector, unit):
        needle = numbers[:4].tobytes()
        assert needle not in messages
        assert [path for path in files(port) if needle in path.read_bytes()] == []


def in_the_log(port: Installation) -> bytes:
    """All messages of the log, decrypted."""
    keys = SubjectKeys(port.folder.keys)
    reader = LogReader(port.folder.log, keys)
    try:
        return b"".join(reader.payload(event) for event in reader.events())
    finally:
        reader.close()
        keys.close()


def files(port: Installation) -> list[Path]:
    return [path for path in port.folder.root.parent.rglob("*") if path.is_file()]


def test_the_engine_may_be_away_while_faces_are_seen(port: Installation, until: Until) -> None:
    port.stop_child("engine")
    (told,) = observe(port, seen(EXIT, face(98), "exit-98", at_us=now_us()))
    with cameras(port, "operator") as client:
        assert client.describe().unsent >= 1
        port.start_child("engine")
        until(lambda: client.describe().unsent == 0)
    assert told.event_ids


def test_roles_are_kept(port: Installation) -> None:
    with cameras(port, "officer") as client:
        with pytest.raises(grpc.RpcError) as refused:
            list(client.observe([face_pb.ObserveRequest()]))
        assert failure(refused.value)[0] == grpc.StatusCode.PERMISSION_DENIED
        request = face_pb.EraseFacesRequest(entry_id="W", reason="r")
        with pytest.raises(grpc.RpcError) as refused:
            client.erase(request)
        assert failure(refused.value)[0] == grpc.StatusCode.PERMISSION_DENIED


def test_what_is_no_observation_is_named_and_the_next_one_is_taken(port: Installation) -> None:
    with cameras(port) as camera:
        good = face_pb.ObserveRequest(face_seen=seen(EXIT, face(97), "exit-97", at_us=now_us()))
        bad = [
            face_pb.ObserveRequest(),
            face_pb.ObserveRequest(face_seen=seen("nowhere", face(97), "f", at_us=now_us())),
            face_pb.ObserveRequest(face_seen=seen(EXIT, np.zeros(128), "z", at_us=now_us())),
        ]
        told = list(camera.observe([*bad, good]))
    assert [one.refusal_code for one in told] == [
        "MISSING_FIELD", "UNKNOWN_CAMERA", "ZERO_VECTOR", "",
    ]  # fmt: skip
    assert [one.index for one in told] == [0, 1, 2, 3]


def test_the_watchlist_takes_who_has_a_legal_basis(port: Installation) -> None:
    request = face_pb.EnrolWatchedRequest(
        entry_id="W-1",
        template=template(face(50)),
        legal_basis="warrant 7",
        until_us=now_us() + 60_000_000,
    )
    with cameras(port, "approver-1") as client:
        assert client.enrol_watched(request).gallery_size == 1
        request.legal_basis = ""
        with pytest.raises(grpc.RpcError) as refused:
            client.enrol_watched(request)
        assert failure(refused.value)[0] == grpc.StatusCode.INVALID_ARGUMENT
    (told,) = observe(port, seen(DESK, face(50), "desk-50", "face-50", now_us()))
    assert len(told.event_ids) == 1
    with cameras(port, "approver-1") as client:
        gone = client.erase(face_pb.EraseFacesRequest(entry_id="W-1", reason="withdrawn"))
    assert gone.erased == 1


def test_the_gallery_is_shown_and_erased_from_the_command_line(
    port: Installation, until: Until, capsys: pytest.CaptureFixture[str]
) -> None:
    def haechi(*arguments: str) -> tuple[int, str]:
        code = main([*arguments, "--data", str(port.folder.root), "--json"])
        return code, capsys.readouterr().out

    before = counted(port, DESK, "ENROLLED")
    observe(port, seen(DESK, face(4), "desk-4", "face-4", now_us()))
    put_at_risk(port, "face-4")
    until(lambda: counted(port, DESK, "ENROLLED") > before)
    code, out = haechi("gallery")
    assert code == 0
    assert {one["gallery"] for one in json.loads(out)["galleries"]} == {"ICN-T1", "watchlist"}
    code, out = haechi("gallery", "erase", "--traveler", "face-4", "--reason", "request 4")
    assert (code, json.loads(out)["erased"]) == (0, 1)
    assert haechi("gallery", "erase", "--traveler", "face-4")[0] == 2
    assert haechi("gallery", "list", "--as", "gate")[0] == 1
