from __future__ import annotations

import numpy as np
from vision import needs_vision

from haechi.streams.vision.dequantise import dequantised

CODES = np.array([[1, -2, 3, 4, 5], [6, 7, -8, 9, 10]], np.int8)
SCALES = np.array([[0.5, 2, 1], [1, 4, 0.25]], np.float32)
ZEROS = np.array([[0, 1, 2], [3, -4, 5]], np.int8)
WEIGHTS = np.array([[0.5, -1, 4, 6, 3], [3, 4, -16, 52, 1.25]], np.float32)


@needs_vision
def test_blocks_become_what_they_stand_for_and_stale_inputs_go() -> None:
    import onnx

    model = onnx.load_from_string(dequantised(_quantised()))
    assert [one.name for one in model.graph.input] == ["face"]
    assert [node.op_type for node in model.graph.node] == ["Gemm"]
    (weights,) = model.graph.initializer
    assert np.array_equal(onnx.numpy_helper.to_array(weights), WEIGHTS.reshape(5, 2))


def _quantised() -> bytes:
    """x times weights of 2 x 5 in blocks of two columns, reshaped, with an input nobody feeds."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [
            helper.make_node(
                "DequantizeLinear", ["codes", "scales", "zeros"], ["flat"], axis=1, block_size=2
            ),
            helper.make_node("Reshape", ["flat", "shape"], ["weights"]),
            helper.make_node("Gemm", ["face", "weights"], ["template"]),
        ],
        "quantised",
        [
            helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 5]),
            helper.make_tensor_value_info("weights_before", TensorProto.FLOAT, [5, 2]),
        ],
        [helper.make_tensor_value_info("template", TensorProto.FLOAT, [1, 2])],
        [
            numpy_helper.from_array(CODES, "codes"),
            numpy_helper.from_array(SCALES, "scales"),
            numpy_helper.from_array(ZEROS, "zeros"),
            numpy_helper.from_array(np.array([5, 2], np.int64), "shape"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return model.SerializeToString()
