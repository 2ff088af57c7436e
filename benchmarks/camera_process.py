"""A camera's process for benchmarks: looks at a photograph whenever it is told to.

``python -m benchmarks.camera_process DATA CORE PHOTO...`` leaves CORE to the engine. Each line
``CAMERA NUMBER [TRAVELER]`` of standard input makes it look at that photograph once, and print when
it began, had the template, and was answered: monotonic clock, nanoseconds.
"""

from __future__ import annotations

import itertools
import json
import queue
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from haechi.app import connect
from haechi.app.folder import DataFolder
from haechi.configs.faces import Faces
from haechi.rpc.v1.face_service_pb2 import ObserveRequest
from haechi.streams.cores import leave
from haechi.streams.vision.camera import CameraEye
from haechi.streams.vision.frames import Frame
from haechi.streams.vision.picture import read_picture
from haechi.streams.vision.weights import default_folder


def main(data: str, core: str, *photos: str) -> None:
    """Look until the input ends."""
    leave(int(core) if core else None)
    config = Faces.load()
    eye = CameraEye("benchmark", config, default_folder(), run="benchmark", one_person=True)
    images = [read_picture(Path(photo), config.capture.max_megapixels) for photo in photos]
    asked: queue.SimpleQueue[ObserveRequest] = queue.SimpleQueue()
    with connect.faces(DataFolder(Path(data)), "sensor") as client:
        answers = client.observe(iter(asked.get, None))
        _say({"ready": True, "pixels": [list(image.shape[:2]) for image in images]})
        for number, line in zip(itertools.count(), _lines(), strict=False):
            camera, photo, traveler = ([*line.split(), ""])[:3]
            now_us = time.time_ns() // 1000
            frame = Frame(f"{now_us}", now_us, images[int(photo)], still=True, traveler=traveler)
            began_ns = time.perf_counter_ns()
            (seen,) = eye.look(frame)
            template_ns = time.perf_counter_ns()
            seen.camera = camera
            asked.put(ObserveRequest(face_seen=seen))
            answer = next(answers)
            assert answer.index == number, answer
            _say(
                {
                    "began_ns": began_ns,
                    "template_ns": template_ns,
                    "answered_ns": time.perf_counter_ns(),
                    "events": len(answer.event_ids),
                    "refusal": answer.refusal_code,
                }
            )


def _lines() -> Iterator[str]:
    # Not "for line in sys.stdin", which reads ahead.
    yield from iter(sys.stdin.readline, "")


def _say(told: object) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
