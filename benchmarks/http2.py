"""As much of a gRPC client as a load generator needs: calls on one connection, without waiting.

A load generator must cost little beside what it loads, with which it shares the machine. A call of
grpcio's client costs its process nearly as much processor time as the bare server spends on it;
here it costs a quarter of that (the benchmark ``clients`` measures it). Frames are written and read
as RFC 9113 has them; a call's headers refer to those of the first one (RFC 7541), as other clients'
do. The server is asked to write its headers out in full, so that of a call that failed the status
can be told without keeping a table.
"""

from __future__ import annotations

import socket
import struct
from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple, Self

import grpc

_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST, _SETTINGS, _PING, _GOAWAY, _WINDOW = 0x0, 0x1, 0x3, 0x4, 0x6, 0x7, 0x8
_ACK: Final = 0x1
_END_STREAM: Final = 0x1
_END_HEADERS: Final = 0x4
_TABLE_SIZE: Final = 0x1
_INITIAL_WINDOW: Final = 0x4
_HEADER: Final = struct.Struct(">HBBBI")
_PREFIX: Final = struct.Struct(">BI")
_NUMBER: Final = struct.Struct(">I")
_SETTING: Final = struct.Struct(">HI")
_FRAME_MOST: Final = 16_384
_WINDOW_USUAL: Final = 65_535
_WINDOW_MOST: Final = (1 << 31) - 1
_STATIC_ENTRIES: Final = 61
_READ: Final = 1 << 18
_TIMEOUT_S: Final = 5.0
_STATUS: Final = b"grpc-status"
_STATUSES: Final = {str(code.value[0]): code.name for code in grpc.StatusCode}
_METHOD_POST: Final = b"\x83"
_SCHEME_HTTP: Final = b"\x86"


class Received(NamedTuple):
    """What came on one stream.

    Parameters
    ----------
    stream
        Its number on the connection: 1, 3, 5 and so on, in the order of calls.
    message
        A message; None if the call ended.
    status
        gRPC's status of a call that ended, if the server sent one.
    """

    stream: int
    message: bytes | None
    status: str = ""


class Connection:
    """One connection, over which calls of one method are made.

    Parameters
    ----------
    port
        Where a server listens on loopback.
    path
        The method, such as ``/haechi.v1.DecisionService/Decide``.
    metadata
        What each call carries.

    It can be waited on with ``select``: readable when something came, writable when more of what is
    to be sent can be.
    """

    def __init__(self, port: int, path: str, metadata: Iterable[tuple[str, str]] = ()) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        fields = [
            (":path", path),
            (":authority", f"127.0.0.1:{port}"),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            *metadata,
        ]
        self._first = _METHOD_POST + _SCHEME_HTTP + b"".join(_field(*one) for one in fields)
        # The newest entry of the table of what was sent before has the lowest number.
        known = range(_STATIC_ENTRIES + len(fields), _STATIC_ENTRIES, -1)
        self._again = _METHOD_POST + _SCHEME_HTTP + bytes(0x80 | number for number in known)
        self._next = 1
        self._out = bytearray(_PREFACE)
        settings = ((_TABLE_SIZE, 0), (_INITIAL_WINDOW, _WINDOW_MOST))
        self._out += _frame(_SETTINGS, 0, 0, b"".join(_SETTING.pack(*one) for one in settings))
        self._out += _frame(_WINDOW, 0, 0, _NUMBER.pack(_WINDOW_MOST - _WINDOW_USUAL))
        self._unsent: deque[tuple[int, bytes, bool]] = deque()
        self._window = _WINDOW_USUAL
        self._window_each = _WINDOW_USUAL
        self._windows: dict[int, int] = {}
        self._in = b""
        self._parts: dict[int, bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def fileno(self) -> int:
        """Descriptor of the socket."""
        return self._socket.fileno()

    def call(self, message: bytes) -> int:
        """Begin a call that sends one message; its stream."""
        stream = self.begin()
        self._unsent.append((stream, _PREFIX.pack(0, len(message)) + message, True))
        return stream

    def begin(self) -> int:
        """Begin a call that may send many messages; its stream."""
        stream = self._next
        self._next += 2
        block = self._again if stream > 1 else self._first
        # Headers obey no window, so they may overtake the messages of calls before.
        self._out += _frame(_HEADERS, _END_HEADERS, stream, block)
        return stream

    def send(self, stream: int, message: bytes) -> None:
        """Send a message of a call."""
        self._unsent.append((stream, _PREFIX.pack(0, len(message)) + message, False))

    def flush(self) -> bool:
        """Write what can be written; whether the socket is to be waited for to write more."""
        self._frame_unsent()
        out = self._out
        while out:
            try:
                del out[: self._socket.send(out)]
            except BlockingIOError:
                return True
        return False

    def receive(self) -> list[Received]:
        """Read what has come.

        Raises
        ------
        ConnectionError
            If the server closed the connection.
        """
        try:
            came = self._socket.recv(_READ)
        except BlockingIOError:
            return []
        if not came:
            raise ConnectionError("the server closed the connection")
        data = self._in + came if self._in else came
        found: list[Received] = []
        at, end = 0, len(data)
        while at + 9 <= end:
            high, low, kind, flags, stream = _HEADER.unpack_from(data, at)
            size = high << 8 | low
            if at + 9 + size > end:
                break
            at += 9 + size
            if kind == _DATA:
                self._take(stream, data[at - size : at], found)
            elif kind not in (_HEADERS, _RST):
                self._control(kind, flags, stream, data[at - size : at])
            if kind == _RST or (kind in (_DATA, _HEADERS) and flags & _END_STREAM):
                self._windows.pop(stream, None)
                ended = data[at - size : at] if kind == _HEADERS else b""
                found.append(Received(stream, None, _status(ended)))
        self._in = data[at:]
        return found

    def _take(self, stream: int, data: bytes, found: list[Received]) -> None:
        """Cut messages out of a stream's data."""
        if self._parts:
            data = self._parts.pop(stream, b"") + data
        at = 0
        while len(data) - at >= 5:
            until = at + 5 + _PREFIX.unpack_from(data, at)[1]
            if until > len(data):
                break
            found.append(Received(stream, data[at + 5 : until]))
            at = until
        if at < len(data):
            self._parts[stream] = data[at:]

    def _control(self, kind: int, flags: int, stream: int, body: bytes) -> None:
        if kind == _PING and not flags & _ACK:
            self._out += _frame(_PING, _ACK, 0, body)
        elif kind == _WINDOW:
            grown = _NUMBER.unpack(body)[0]
            if stream:
                self._windows[stream] = self._windows.get(stream, 0) + grown
            else:
                self._window += grown
        elif kind == _SETTINGS and not flags & _ACK:
            for name, value in _SETTING.iter_unpack(body):
                if name == _INITIAL_WINDOW:
                    self._window_each = value
            self._out += _frame(_SETTINGS, _ACK, 0, b"")
        elif kind == _GOAWAY:
            raise ConnectionError(f"the server sent everybody away: {body[8:].decode()}")

    def _frame_unsent(self) -> None:
        """Put messages into frames, in their order, as far as the windows go."""
        unsent, out = self._unsent, self._out
        while unsent:
            stream, data, last = unsent[0]
            # What a stream was granted is kept as the difference to what each is granted.
            room = min(self._window, self._window_each + self._windows.get(stream, 0), _FRAME_MOST)
            if room < len(data):
                if room <= 0:
                    return
                unsent[0] = (stream, data[room:], last)
                data, last = data[:room], False
            else:
                unsent.popleft()
            out += _frame(_DATA, _END_STREAM if last else 0, stream, data)
            self._window -= len(data)
            if not last:
                self._windows[stream] = self._windows.get(stream, 0) - len(data)


def _frame(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    return _HEADER.pack(len(body) >> 8, len(body) & 255, kind, flags, stream) + body


def _field(name: str, value: str) -> bytes:
    """Write a header field that later calls refer to."""
    return b"\x40" + _text(name) + _text(value)


def _status(block: bytes) -> str:
    """Find gRPC's status in headers that are written out in full; empty if there is none."""
    _, found, after = block.partition(_STATUS)
    code = after[1 : 1 + after[0]].decode("ascii", "replace") if found else ""
    return _STATUSES.get(code, code)


def _text(text: str) -> bytes:
    raw = text.encode()
    size = len(raw)
    if size < 127:
        return bytes((size,)) + raw
    out, size = bytearray((127,)), size - 127
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    out.append(size)
    return bytes(out) + raw
