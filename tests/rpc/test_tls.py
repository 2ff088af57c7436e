"""Certificates: who is served, and who is not, over real handshakes."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
from dataclasses import dataclass

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from fake_engine import NAMES, FakeEngine, event

from haechi.engine.codes import CodeClass, Verdict
from haechi.engine.errors import ConfigError
from haechi.rpc.client import HaechiClient
from haechi.rpc.roles import Role
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings, Tls, credentials
from haechi.rpc.watching import failure

LOCAL = (x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@dataclass(frozen=True)
class Pair:
    certificate: bytes
    key: bytes


class Authority:
    """Signs certificates, its own first."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = (
            self._begin(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = signed.public_bytes(serialization.Encoding.PEM)

    def server(self, *names: x509.GeneralName, days: int = 1) -> Pair:
        return self._issue(ExtendedKeyUsageOID.SERVER_AUTH, names, days)

    def client(self) -> Pair:
        return self._issue(ExtendedKeyUsageOID.CLIENT_AUTH, (x509.DNSName("gate"),), 1)

    def _issue(self, use: x509.ObjectIdentifier, names: tuple, days: int) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "haechi test")])
        signed = (
            self._begin(subject, key, days)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Pair(signed.public_bytes(serialization.Encoding.PEM), _pem(key))

    def _begin(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int = 1):
        end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(end - dt.timedelta(days=2))
            .not_valid_after(end)
        )


@pytest.fixture(scope="module")
def port_ca():
    return Authority("the port's")


@pytest.fixture(scope="module")
def other_ca():
    return Authority("another's")


@pytest.fixture
def served(tmp_path, keyring):
    """Serve with a certificate; give its port."""
    started = []

    def start(pair: Pair, client_ca: bytes | None = None) -> int:
        settings = ServerSettings(tls=written(tmp_path, pair, client_ca))
        engine = FakeEngine()
        started.append((serve(engine, keyring, NAMES, settings), engine))
        return started[-1][0].port

    yield start
    for server, engine in started:
        server.stop(0)
        engine.stop()


def written(folder, pair: Pair, client_ca: bytes | None = None) -> Tls:
    tls = Tls(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    tls.certificate.write_bytes(pair.certificate)
    tls.key.write_bytes(pair.key)
    if client_ca is None:
        return Tls(tls.certificate, tls.key)
    tls.client_ca.write_bytes(client_ca)
    return tls


@pytest.fixture
def gate(keyring):
    """A gate that trusts an authority, and may show a certificate."""

    @contextlib.contextmanager
    def connect(port: int, trusted: bytes, shown: Pair | None = None, host: str = "127.0.0.1"):
        tls = grpc.ssl_channel_credentials(
            trusted, shown.key if shown else None, shown.certificate if shown else None
        )
        token = keyring.sign("the-gate", Role.GATE, ("*",))
        with HaechiClient(f"{host}:{port}", token, tls=tls) as client:
            yield client

    return connect


def answered(client: HaechiClient) -> bool:
    return client.decide(event(budget_ms=2000)).answer.verdict == Verdict.RELEASE


def shut_out(client: HaechiClient) -> bool:
    """Nobody is served, and a gate refers by itself and remembers it."""
    answer = client.decide(event(budget_ms=300)).answer
    assert (answer.verdict, answer.code_class) == (Verdict.REFER, CodeClass.ENGINE_UNREACHABLE)
    return not client.healthy() and len(client.spool) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_token_is_served_over_tls(served, gate, port_ca, host):
    with gate(served(port_ca.server(*LOCAL)), port_ca.certificate, host=host) as client:
        assert answered(client)


def test_tls_alone_is_no_credential(served, port_ca):
    tls = grpc.ssl_channel_credentials(port_ca.certificate)
    with HaechiClient(f"127.0.0.1:{served(port_ca.server(*LOCAL))}", "none", tls=tls) as client:
        with pytest.raises(grpc.RpcError) as caught:
            client.decide(event(budget_ms=2000))
        assert failure(caught.value)[0] is grpc.StatusCode.UNAUTHENTICATED


def test_a_client_that_does_not_trust_the_authority_gets_nothing(served, gate, port_ca, other_ca):
    with gate(served(port_ca.server(*LOCAL)), other_ca.certificate) as client:
        assert shut_out(client)


def test_a_certificate_for_another_host_is_not_taken(served, gate, port_ca):
    port = served(port_ca.server(x509.DNSName("elsewhere.example")))
    with gate(port, port_ca.certificate) as client:
        assert shut_out(client)


def test_a_certificate_past_its_time_is_not_taken(served, gate, port_ca):
    with gate(served(port_ca.server(*LOCAL, days=-1)), port_ca.certificate) as client:
        assert shut_out(client)


def test_plain_text_is_not_served_beside_tls(served, keyring, port_ca):
    token = keyring.sign("the-gate", Role.GATE, ("*",))
    with HaechiClient(f"127.0.0.1:{served(port_ca.server(*LOCAL))}", token) as client:
        assert shut_out(client)


def test_a_client_certificate_is_asked_for_if_an_authority_is_set(served, gate, port_ca, other_ca):
    port = served(port_ca.server(*LOCAL), client_ca=port_ca.certificate)
    with gate(port, port_ca.certificate) as without:
        assert shut_out(without)
    with gate(port, port_ca.certificate, other_ca.client()) as anothers:
        assert shut_out(anothers)
    with gate(port, port_ca.certificate, port_ca.client()) as ours:
        assert answered(ours)


def test_a_servers_certificate_is_no_clients(served, gate, port_ca):
    pair = port_ca.server(*LOCAL)
    port = served(pair, client_ca=port_ca.certificate)
    with gate(port, port_ca.certificate, pair) as client:
        assert shut_out(client)


def test_a_client_certificate_does_not_replace_a_token(served, port_ca):
    port = served(port_ca.server(*LOCAL), client_ca=port_ca.certificate)
    shown = port_ca.client()
    tls = grpc.ssl_channel_credentials(port_ca.certificate, shown.key, shown.certificate)
    with HaechiClient(f"127.0.0.1:{port}", "none", tls=tls) as client:
        with pytest.raises(grpc.RpcError) as caught:
            client.decide(event(budget_ms=2000))
        assert failure(caught.value)[0] is grpc.StatusCode.UNAUTHENTICATED


def test_a_reachable_address_is_served_with_a_certificate(tmp_path, keyring, gate, port_ca):
    engine = FakeEngine()
    tls = written(tmp_path, port_ca.server(*LOCAL))
    server = serve(engine, keyring, NAMES, ServerSettings(host="0.0.0.0", tls=tls))
    with gate(server.port, port_ca.certificate) as client:
        assert answered(client)
    server.stop(0)
    engine.stop()


BAD_FILES = {
    "no certificate": ("certificate", b"nonsense"),
    "an empty certificate": ("certificate", b""),
    "no key": ("key", b"nonsense"),
    "an empty key": ("key", b""),
    "no authority": ("client_ca", b"nonsense"),
    "an empty authority": ("client_ca", b""),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_pem_is_named(tmp_path, port_ca, name):
    which, content = BAD_FILES[name]
    tls = written(tmp_path, port_ca.server(*LOCAL), port_ca.certificate)
    getattr(tls, which).write_bytes(content)
    with pytest.raises(ConfigError, match=rf"server\.tls.*{getattr(tls, which).name}"):
        credentials(ServerSettings(tls=tls))


def test_a_key_of_another_certificate_is_named(tmp_path, port_ca):
    pair = port_ca.server(*LOCAL)
    tls = written(tmp_path, Pair(pair.certificate, port_ca.server(*LOCAL).key))
    with pytest.raises(ConfigError, match=r"server\.tls.*does not belong"):
        credentials(ServerSettings(tls=tls))


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_ipv6_needs_no_brackets(keyring, host):
    engine = FakeEngine()
    server = serve(engine, keyring, NAMES, ServerSettings(host=host))
    token = keyring.sign("the-gate", Role.GATE, ("*",))
    with HaechiClient(f"[::1]:{server.port}", token) as client:
        assert answered(client)
    server.stop(0)
    engine.stop()
