"""The floor: a bare grpcio server, raw bytes in and out, a thread pool and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import grpc

from benchmarks.processes import serve_until_closed

SERVICE: Final = "benchmarks.Bare"
EMPTY: Final = f"/{SERVICE}/Empty"
SAME: Final = f"/{SERVICE}/Same"
_ANSWER: Final = bytes(64)
"""About as long as a gate's answer."""
_THREADS: Final = 16


def main() -> None:
    """Serve until standard input is closed."""
    server = grpc.server(ThreadPoolExecutor(_THREADS))
    handlers = {
        "Empty": grpc.unary_unary_rpc_method_handler(lambda _request, _context: b""),
        "Same": grpc.unary_unary_rpc_method_handler(lambda _request, _context: _ANSWER),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_registered_method_handlers(SERVICE, handlers)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    serve_until_closed({"port": port})
    server.stop(None).wait()


if __name__ == "__main__":
    main()
