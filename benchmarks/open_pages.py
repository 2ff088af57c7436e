"""Pages in a process of their own for benchmarks: open while they are told to be.

``python -m benchmarks.open_pages HOST PORT TOKEN_FILE COUNT`` logs in once. ``open`` on standard
input opens so many streams and prints once each has had a snapshot; ``close`` closes them and
prints how many snapshots came, and of how many bytes.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sys
import threading
from pathlib import Path


class OpenPage:
    """One stream of snapshots, read as it comes."""

    def __init__(self, host: str, port: int, cookie: str) -> None:
        self.first = threading.Event()
        self.snapshots = 0
        self.size = 0
        self._connection = http.client.HTTPConnection(host, port, timeout=30)
        self._connection.request("GET", "/live", headers={"cookie": cookie})
        self._answer = self._connection.getresponse()
        assert self._answer.status == http.client.OK, self._answer.status
        self._socket = self._connection.sock
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while line := self._answer.readline():
            if line.startswith(b"data:"):
                self.snapshots += 1
                self.size += len(line)
                self.first.set()

    def close(self) -> None:
        """Let go of it, as a browser does."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()


def main(host: str, port: str, token_file: str, count: str) -> None:
    """Open and close until the input ends."""
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    body = json.dumps({"token": Path(token_file).read_text("utf-8")})
    connection.request("POST", "/login", body, {"sec-fetch-site": "same-origin"})
    cookie = (connection.getresponse().getheader("set-cookie") or "").partition(";")[0]
    print(json.dumps({"ready": True}), flush=True)
    pages: list[OpenPage] = []
    for line in sys.stdin:
        if line.strip() == "open":
            pages = [OpenPage(host, int(port), cookie) for _ in range(int(count))]
            assert all(page.first.wait(30) for page in pages)
            told = {"open": len(pages)}
        else:
            for page in pages:
                page.close()
            told = {
                "snapshots": sum(page.snapshots for page in pages),
                "bytes": sum(page.size for page in pages),
            }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
