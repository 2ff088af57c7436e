"""Read an HTTP request as ClickHouse's interface does: who, what, with which settings."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Final

from starlette.requests import Request

from haechi.streams.store.packing import unpack
from haechi.streams.store.refusals import (
    AUTHENTICATION_FAILED,
    NOT_IMPLEMENTED,
    REQUIRED_PASSWORD,
    Refusal,
)
from haechi.streams.store.users import User, authenticate

BODY_BYTES_MAX: Final = 1 << 29

# Parameters of the interface itself; every other one is a setting or, as param_x, a value.
_TRANSPORT: Final = frozenset(
    {
        "query",
        "user",
        "password",
        "database",
        "default_format",
        "query_id",
        "session_id",
        "session_timeout",
        "session_check",
        "quota_key",
        "role",
        "wait_end_of_query",
        "buffer_size",
        "compress",
        "decompress",
        "client_protocol_version",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
        "http_zlib_compression_level",
        "network_compression_method",
        "network_zstd_compression_level",
        "cancel_http_readonly_queries_on_client_close",
        "add_http_cors_header",
        "stacktrace",
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asks for.

    Parameters
    ----------
    statement
        The statement, with the data of an insert behind it.
    database
        Current database, or empty for the store's own.
    default_format
        Format of the result where the statement names none.
    query_id
        Id that the client gave, or empty.
    settings
        ClickHouse settings.
    bound
        Values of ``{x:Type}`` parameters, by name.
    reads_only
        Whether it came by GET, which may not change anything.
    packing
        Method by which to compress the result in ClickHouse's own blocks, or empty.
    revision
        Revision of the protocol in which the client reads the Native format; 0 is the oldest.
    """

    statement: bytes
    database: str
    default_format: str
    query_id: str
    settings: Mapping[str, str]
    bound: Mapping[str, str]
    reads_only: bool
    packing: str = ""
    revision: int = 0


def identify(request: Request, users: Mapping[str, User]) -> User:
    """Whose request it is: HTTP Basic, ClickHouse's headers, or URL parameters.

    Raises
    ------
    Refusal
        If nobody's, or the password is wrong.
    """
    name, password = _credentials(request)
    if not name:
        raise Refusal(REQUIRED_PASSWORD, "default: Authentication failed: give user and password")
    user = authenticate(users, name, password)
    if user is None:
        raise Refusal(
            AUTHENTICATION_FAILED,
            f"{name}: Authentication failed: password is incorrect, or there is no user with "
            "such name.",
        )
    return user


async def read_request(request: Request) -> Asked:
    """Read what a request asks for.

    Raises
    ------
    Refusal
        If its body is too large or packed in a way that is not known here.
    """
    parameters = dict(request.query_params)
    body = await _read_body(request)
    if _is_set(parameters, "decompress"):
        body = unpack(body)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        parameters |= _form_fields(request.headers["content-type"], body)
        body = b""
    query = parameters.get("query", "").encode()
    statement = query + b"\n" + body if query and body else query or body
    return Asked(
        statement=statement,
        database=parameters.get("database") or request.headers.get("x-clickhouse-database", ""),
        default_format=parameters.get("default_format")
        or request.headers.get("x-clickhouse-format", "TabSeparated"),
        query_id=parameters.get("query_id", ""),
        settings={
            name: value
            for name, value in parameters.items()
            if name not in _TRANSPORT and not name.startswith("param_")
        },
        bound={
            name.removeprefix("param_"): value
            for name, value in parameters.items()
            if name.startswith("param_")
        },
        reads_only=request.method != "POST",
        packing=parameters.get("network_compression_method", "LZ4")
        if _is_set(parameters, "compress")
        else "",
        revision=_whole(parameters.get("client_protocol_version", "0")),
    )


def _is_set(parameters: Mapping[str, str], name: str) -> bool:
    return parameters.get(name, "0") not in {"0", ""}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _credentials(request: Request) -> tuple[str, str]:
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, password
    if "x-clickhouse-user" in request.headers:
        return request.headers["x-clickhouse-user"], request.headers.get("x-clickhouse-key", "")
    return request.query_params.get("user", ""), request.query_params.get("password", "")


async def _read_body(request: Request) -> bytes:
    parts = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise Refusal(
                241, f"Request body is over {BODY_BYTES_MAX} bytes: insert in smaller batches"
            )
        parts.append(part)
    body = b"".join(parts)
    encoding = request.headers.get("content-encoding", "").lower()
    try:
        return _decompress(body, encoding) if encoding and body else body
    except (OSError, EOFError, ValueError, RuntimeError, zlib.error) as error:
        raise Refusal(354, f"Request body is not {encoding}: {error}") from error


def _decompress(body: bytes, encoding: str) -> bytes:
    if encoding == "lz4":
        import lz4.frame  # type: ignore[import-untyped]

        return bytes(lz4.frame.decompress(body))
    if encoding == "zstd":
        from backports import zstd

        return bytes(zstd.decompress(body))
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    raise Refusal(NOT_IMPLEMENTED, f"Unknown compression method {encoding}")


def _form_fields(content_type: str, body: bytes) -> dict[str, str]:
    parser = BytesParser(policy=HTTP)
    message = parser.parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: dict[str, str] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename() is not None:
            raise Refusal(NOT_IMPLEMENTED, "External data is not supported here: use a subquery")
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = content.decode("utf-8", "replace")
    return fields
