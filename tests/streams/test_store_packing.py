"""Compressed blocks: what is packed comes back, and what is cut or changed is refused."""

from __future__ import annotations

import base64

import pytest

from haechi.streams.store.packing import BLOCK_BYTES, pack, unpack
from haechi.streams.store.refusals import CANNOT_DECOMPRESS, Refusal

DATA = b"port" * 500_000 + b"end"
METHODS = ["LZ4", "ZSTD", "NONE", "lz4"]


@pytest.mark.parametrize("method", METHODS)
def test_what_is_packed_comes_back(method: str) -> None:
    packed = pack(DATA, method)
    assert unpack(packed) == DATA
    assert len(DATA) > BLOCK_BYTES, "more than one block"
    assert method == "NONE" or len(packed) < len(DATA) / 10
    assert unpack(pack(b"", method)) == b""


@pytest.mark.parametrize("method", METHODS)
def test_what_is_changed_or_cut_is_refused(method: str) -> None:
    packed = pack(b"decided" * 9, method)
    for wrong in (
        *(packed[:at] + bytes((packed[at] ^ 1,)) + packed[at + 1 :] for at in range(len(packed))),
        packed[:-1],
        packed[:20],
        packed + b"\0",
        base64.b64encode(packed),
    ):
        with pytest.raises(Refusal) as told:
            unpack(wrong)
        assert told.value.code == CANNOT_DECOMPRESS
