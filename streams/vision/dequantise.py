"""SFace as 32-bit floats again.

The package carries its weights in 8-bit blocks, with a list of graph inputs that nothing feeds.
OpenCV refuses such inputs, and deepface expects the plain network.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haechi.streams.vision.extra import load


def dequantised(model: bytes) -> bytes:
    """Fold what is constant in a quantised network.

    Parameters
    ----------
    model
        ONNX file whose weights are blocks of int8 with a scale and a zero point each.

    Returns
    -------
    The same network with float32 weights and only the inputs that are fed; the same bytes on
    every machine, since their hash names the model.
    """
    onnx = load("onnx")
    numpy_helper = load("onnx.numpy_helper")
    whole = onnx.ModelProto.FromString(model)
    graph = whole.graph
    known = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    nodes = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and all(name in known for name in node.input):
            given = {one.name: one.i for one in node.attribute}
            codes, scales, zeros = (known[name] for name in node.input)
            known[node.output[0]] = _floats(codes, scales, zeros, given)
        elif node.op_type == "Reshape" and all(name in known for name in node.input):
            values, shape = (known[name] for name in node.input)
            known[node.output[0]] = values.reshape(shape)
        else:
            nodes.append(_copy(node))
    used = {name for node in nodes for name in node.input}
    fed = [_copy(one) for one in graph.input if one.name in used and one.name not in known]
    for field in (graph.node, graph.input, graph.initializer, graph.value_info):
        del field[:]
    graph.node.extend(nodes)
    graph.input.extend(fed)
    graph.initializer.extend(
        numpy_helper.from_array(values, name) for name, values in known.items() if name in used
    )
    onnx.checker.check_model(whole)
    return bytes(whole.SerializeToString(deterministic=True))


def _floats(codes: Any, scales: Any, zeros: Any, given: dict[str, int]) -> Any:
    """Values of blocks of codes: (code - zero point) x scale, in float32."""
    axis = given["axis"]
    block = np.arange(codes.shape[axis]) // given["block_size"]
    centred = codes.astype(np.int32) - np.take(zeros, block, axis=axis).astype(np.int32)
    return centred.astype(np.float32) * np.take(scales, block, axis=axis)


def _copy(message: Any) -> Any:
    """A message that outlives the list that it stands in."""
    return type(message).FromString(message.SerializeToString())
