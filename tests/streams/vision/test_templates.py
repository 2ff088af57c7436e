from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from vision import FOLDER, NAMES, SAME, crop, embedder, needs_vision, photo, template

from haechi.configs.faces import FaceModel, Faces
from haechi.engine.errors import ConfigError
from haechi.streams.vision.weights import SFACE, model_weights, need

pytestmark = needs_vision

_SURROUNDINGS = """
import os, sys, warnings
from haechi.configs.faces import Faces
from haechi.streams.vision.embed import Embedder
from haechi.streams.vision.weights import default_folder
Embedder(Faces.load().model, default_folder())
assert ("ignore", None, Warning, None, 0) not in warnings.filters
assert not [name for name in os.environ if name.startswith("DEEPFACE")]
assert not {"torch", "tensorflow", "keras"} & set(sys.modules)
import grpc
from haechi.rpc.v1.event_pb2 import Event
assert Event.FromString(Event(gate_event={}).SerializeToString()).HasField("gate_event")
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_the_one_that_opencv_makes(name: str) -> None:
    from haechi.streams.vision.extra import opencv

    own = opencv().FaceRecognizerSF.create(str(need(FOLDER, SFACE)), "").feature(crop(name)).ravel()
    assert np.abs(template(name) - own / np.linalg.norm(own)).max() <= 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_a_template_has_length_one(name: str) -> None:
    assert template(name).dtype == np.float32
    assert template(name).shape == (128,)
    assert np.linalg.norm(template(name)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("pair", list(combinations(NAMES, 2)))
def test_every_pair_of_photographs_is_told_apart(pair: tuple[str, str]) -> None:
    limits = Faces.load().thresholds("")
    alike = float(template(pair[0]) @ template(pair[1]))
    assert alike >= limits.same if pair in SAME else alike < limits.review


def test_the_model_is_named_by_its_weights() -> None:
    assert embedder().model_id == f"SFace@{SFACE.sha256[:12]}"


def test_one_thread_makes_templates() -> None:
    from deepface.modules import modeling

    session = modeling.build_model("facial_recognition", "SFace").model
    options = session.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    tasks = Path("/proc/self/task")
    if tasks.is_dir():
        embedder().embed(crop("obama"))
        before = len(list(tasks.iterdir()))
        embedder().embed(crop("obama"))
        assert len(list(tasks.iterdir())) == before


def test_deepface_leaves_its_surroundings_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SURROUNDINGS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_weights_of_ones_own_are_another_model(tmp_path: Path) -> None:
    from haechi.streams.vision.embed import Embedder

    path = tmp_path / "own.onnx"
    path.write_bytes(_summing_network())
    own = Embedder(FaceModel("ArcFace", 512, str(path)), FOLDER)
    assert own.model_id.startswith("ArcFace@")
    made = own.embed(crop("obama"))
    assert made.shape == (512,)
    assert np.linalg.norm(made) == pytest.approx(1, abs=1e-5)


def test_weights_of_another_length_than_configured_are_refused(tmp_path: Path) -> None:
    from haechi.streams.vision.embed import Embedder

    path = tmp_path / "own.onnx"
    path.write_bytes(_summing_network())
    with pytest.raises(ConfigError, match="512 numbers a face"):
        Embedder(FaceModel("Facenet", 128, str(path)), FOLDER)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    from haechi.streams.vision.embed import Embedder

    with pytest.raises(ConfigError, match="cannot be loaded as SFace"):
        Embedder(FaceModel("SFace", 128, str(photo("obama"))), FOLDER)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (FaceModel("Nobody", 128, ""), "must be one of SFace"),
        (FaceModel("ArcFace", 512, ""), "no weights come with ArcFace"),
        (FaceModel("ArcFace", 512, "nowhere.onnx"), "which is no file"),
    ],
)
def test_weights_that_are_not_there_are_named(model: FaceModel, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        model_weights(FOLDER, model)


def _summing_network() -> bytes:
    """A network of the right shape, (n, x, x, 3) to (n, 512), that takes any square."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    fixed = np.random.default_rng(5).normal(size=(3, 512)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["face", "axes"], ["mean"], keepdims=0),
            helper.make_node("MatMul", ["mean", "fixed"], ["template"]),
        ],
        "summing",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, ["n", "x", "x", 3])],
        [helper.make_tensor_value_info("template", TensorProto.FLOAT, ["n", 512])],
        [
            numpy_helper.from_array(fixed, "fixed"),
            numpy_helper.from_array(np.array([1, 2], np.int64), "axes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()
