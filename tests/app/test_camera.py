from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import numpy as np
import pytest
from vision import FOLDER, needs_vision, photo, template

from haechi.rpc.roles import FACE_SERVICE
from haechi.rpc.v1 import face_service_pb2 as pb

Run = Callable[..., tuple[int, str, str]]
DESK, EXIT = "ICN-T1-CAM-DESK-1", "ICN-T1-CAM-EXIT-1"


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """The command runs in this process and takes its signals."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--role", "exit", "--id", DESK), "has the role desk"),
        (("--role", "desk", "--id", "CAM-9"), "no camera 'CAM-9'"),
        (("--role", "desk", "--id", DESK, "--fps", "0"), "--fps 0"),
    ],
)
def test_a_camera_in_the_wrong_place_is_refused(
    haechi: Run, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    code, _, err = haechi("camera", *arguments, tmp_path, "--data", tmp_path)
    assert code == 2
    assert says in err


@needs_vision
def test_without_models_it_says_how_to_install_them(haechi: Run, tmp_path: Path) -> None:
    code, _, err = haechi("camera", "--role", "desk", "--id", DESK, tmp_path, "--models", tmp_path)
    assert code == 2
    assert "haechi face-models install" in err


@needs_vision
def test_a_dry_run_shows_everything_but_the_templates(haechi: Run, tmp_path: Path) -> None:
    for name in ("obama", "biden"):
        shutil.copy(photo(name), tmp_path)
    content = photo("obama").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2])
    (tmp_path / "frames.csv").write_text("file,traveler_id,captured_at\nbiden.jpg,t2,\n")
    code, out, _ = haechi(
        "camera",
        "--role",
        "desk",
        "--id",
        DESK,
        "--traveler",
        "t1",
        "--dry-run",
        "--json",
        tmp_path,
    )
    assert code == 0
    told = json.loads(out)
    assert (told["frames"], told["faces"], told["faults"]) == (3, 2, {"UNREADABLE": 1})
    assert [(one["frame"].partition("@")[0], one["traveler"]) for one in told["observations"]] == [
        ("biden.jpg", "t2"),
        ("cut.jpg", "t1"),
        ("obama.jpg", "t1"),
    ]
    assert set(told["observations"][0]) == {"frame", "track", "traveler", "face_px", "quality"}


@needs_vision
def test_what_it_sees_reaches_the_face_service(haechi: Run, tmp_path: Path) -> None:
    token = tmp_path / "camera.token"
    token.write_text("secret\n")
    with face_service() as (port, seen):
        code, out, _ = haechi(
            "camera", "--role", "exit", "--id", EXIT, "--target", f"127.0.0.1:{port}",
            "--token", token, "--traveler", "t1", photo("obama"), "--json",
        )  # fmt: skip
    assert code == 0
    told = json.loads(out)
    assert (told["faces"], told["taken"], told["events"], told["unanswered"]) == (1, 1, 1, 0)
    (one,) = seen
    assert one.face_seen.camera == EXIT
    assert np.array(one.face_seen.template.values) @ template("obama") == pytest.approx(1)


@contextmanager
def face_service() -> Iterator[tuple[int, list[pb.ObserveRequest]]]:
    """A face service that takes everything: its port, and what it took."""
    seen: list[pb.ObserveRequest] = []

    def observe(requests, context) -> Iterator[pb.ObserveResponse]:
        for index, request in enumerate(requests):
            seen.append(request)
            yield pb.ObserveResponse(index=index, event_ids=["e"])

    handler = grpc.stream_stream_rpc_method_handler(
        observe, pb.ObserveRequest.FromString, pb.ObserveResponse.SerializeToString
    )
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(FACE_SERVICE, {"Observe": handler})]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port, seen
    server.stop(0).wait()


@needs_vision
def test_without_a_token_it_ends_and_says_so(haechi: Run, tmp_path: Path) -> None:
    code, _, err = haechi(
        "camera", "--role", "exit", "--id", EXIT, "--target", "127.0.0.1:1", "--models", FOLDER,
        "--token", tmp_path / "none.token", photo("obama"), "--data", tmp_path,
    )  # fmt: skip
    assert code == 1
    assert "none.token cannot be read" in err
