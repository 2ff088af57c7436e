"""ClickHouse's own compressed blocks, which clients ask for with ``compress=1``.

A block is a checksum (CityHash128 of the rest), a byte that names the method, the block's size from
that byte on, the size of what is in it, and that.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

import lz4.block  # type: ignore[import-untyped]
from backports import zstd
from clickhouse_cityhash.cityhash import CityHash128  # type: ignore[import-untyped]

from haechi.streams.store.refusals import CANNOT_DECOMPRESS, Refusal

BLOCK_BYTES: Final = 1 << 20
"""Most that goes into one block, as in ClickHouse (``max_compress_block_size``)."""
_UNPACKED_BYTES_MAX: Final = 1 << 29

_SIZES: Final = struct.Struct("<BII")
_CHECKSUM: Final = struct.Struct("<QQ")
_NONE: Final = 0x02
_LZ4: Final = 0x82
_ZSTD: Final = 0x90


def _pack_lz4(data: bytes) -> bytes:
    return bytes(lz4.block.compress(data, store_size=False))


def _pack_zstd(data: bytes) -> bytes:
    return bytes(zstd.compress(data, 1))


_PACKERS: Final[dict[str, tuple[int, Callable[[bytes], bytes]]]] = {
    "LZ4": (_LZ4, _pack_lz4),
    "ZSTD": (_ZSTD, _pack_zstd),
    "NONE": (_NONE, bytes),
}


def pack(data: bytes, method: str) -> bytes:
    """Compress.

    Parameters
    ----------
    data
        What to compress.
    method
        ``network_compression_method``; one that is not known here means LZ4.
    """
    number, squeeze = _PACKERS.get(method.upper(), _PACKERS["LZ4"])
    blocks = []
    for begin in range(0, len(data), BLOCK_BYTES):
        part = data[begin : begin + BLOCK_BYTES]
        packed = squeeze(part)
        body = _SIZES.pack(number, _SIZES.size + len(packed), len(part)) + packed
        blocks += [_checksum(body), body]
    return b"".join(blocks)


def unpack(data: bytes) -> bytes:
    """Give back what :func:`pack`, or a client, compressed.

    Raises
    ------
    Refusal
        If it is cut, changed, or too large.
    """
    parts = []
    at = 0
    left = _UNPACKED_BYTES_MAX
    while at < len(data):
        body_at = at + _CHECKSUM.size
        if body_at + _SIZES.size > len(data):
            raise Refusal(CANNOT_DECOMPRESS, "The last compressed block of the request is cut")
        method, size, unpacked_size = _SIZES.unpack_from(data, body_at)
        body = data[body_at : body_at + size]
        left -= unpacked_size
        if size < _SIZES.size or len(body) < size or left < 0:
            raise Refusal(CANNOT_DECOMPRESS, "A compressed block of the request has a wrong size")
        if _checksum(body) != data[at:body_at]:
            raise Refusal(CANNOT_DECOMPRESS, "Checksum of a compressed block doesn't match")
        parts.append(_unpack(method, body[_SIZES.size :], unpacked_size))
        at = body_at + size
    return b"".join(parts)


def _unpack(method: int, packed: bytes, size: int) -> bytes:
    try:
        if method == _LZ4:
            return bytes(lz4.block.decompress(packed, uncompressed_size=size))
        if method == _ZSTD:
            return bytes(zstd.ZstdDecompressor().decompress(packed, size))
    except (lz4.block.LZ4BlockError, zstd.ZstdError, MemoryError) as error:
        raise Refusal(CANNOT_DECOMPRESS, f"A compressed block is damaged: {error}") from error
    if method == _NONE:
        return packed
    raise Refusal(CANNOT_DECOMPRESS, f"Unknown compression method 0x{method:02x}")


def _checksum(body: bytes) -> bytes:
    found = CityHash128(body)
    return _CHECKSUM.pack(found >> 64, found & 0xFFFF_FFFF_FFFF_FFFF)
