"""Two shards: every event reaches its owner, and who asked the wrong one is told where to go."""

from __future__ import annotations

from types import SimpleNamespace

import grpc
import pytest
from fake_engine import NAMES, FakeEngine, body, event, fill
from raw_calls import eventually

from haechi.configs.topology import ShardPlace, Topology
from haechi.engine.codes import CodeClass, EventKind, Verdict
from haechi.engine.errors import Unavailable
from haechi.rpc.client import HaechiClient
from haechi.rpc.identity import EVERYWHERE
from haechi.rpc.placement import Placement
from haechi.rpc.roles import Role
from haechi.rpc.routing import RoutingClient
from haechi.rpc.server import serve
from haechi.rpc.v1 import event_pb2
from haechi.streams.shards.router import Router
from haechi.streams.tokens import Tokens

PARTITIONS = 8
HALVES = (tuple(range(4)), tuple(range(4, 8)))


def topology_of(ports, version=1, owned=HALVES):
    places = zip(ports, owned, strict=True)
    return Topology(
        version,
        PARTITIONS,
        tuple(ShardPlace(n, f"127.0.0.1:{port}", own) for n, (port, own) in enumerate(places)),
    )


@pytest.fixture
def two(keyring):
    """Two shards that know each other."""
    engines = [FakeEngine(), FakeEngine()]
    engines[1].shard = 1
    placements = [Placement(topology_of((1, 2)), number, bytes(32)) for number in (0, 1)]
    servers = [
        serve(engine, keyring, NAMES, placement=placement)
        for engine, placement in zip(engines, placements, strict=True)
    ]
    ports = [server.port for server in servers]
    running = SimpleNamespace(engines=engines, servers=servers, ports=ports)

    def say(version=1, owned=HALVES, shards=(0, 1)):
        """Give shards a topology, as a start with another file would."""
        running.topology = topology_of(ports, version, owned)
        running.router = Router(running.topology, Tokens(bytes(32)))
        for number in shards:
            placements[number].router = running.router

    running.say = say
    say()
    yield running
    for server in servers:
        server.stop(0.1)
    for engine in engines:
        engine.stop()


@pytest.fixture
def routed(two, keyring):
    """A client that was given the address of the first shard only."""
    clients = []

    def make(role, *targets):
        token = keyring.sign(f"the-{role}", role, (EVERYWHERE,))
        addresses = targets or (f"127.0.0.1:{two.ports[0]}",)
        clients.append(RoutingClient(addresses, token))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def about(traveler, **kind):
    made = event() if not kind else event_pb2.Event(**kind)
    if kind:
        fill(made)
    del made.envelope.subjects[:]
    made.envelope.subjects.add(traveler_id=traveler)
    return made


def owner(two, asked):
    (place,) = two.router.recipients(asked)
    return place.number


def ids(engine):
    """Ids of what an engine took, as their senders wrote them."""
    return [event_pb2.Event.FromString(one.raw).envelope.event_id for one in engine.log]


def test_a_shard_tells_its_epoch_with_the_topology(two, routed):
    client = routed(Role.GATE)
    told = [client.shard(number).topology() for number in (0, 1)]
    assert [one.answering_shard for one in told] == [0, 1]
    assert [one.epoch for one in told] == [engine.epoch for engine in two.engines]


def test_every_question_reaches_its_owner(two, routed):
    client = routed(Role.GATE)
    assert client.topology == two.topology
    asked = [about(f"t{number}") for number in range(40)]
    owners = [owner(two, one) for one in asked]
    assert set(owners) == {0, 1}
    for one, number in zip(asked, owners, strict=True):
        response = client.decide(one)
        assert response.answer.verdict == Verdict.RELEASE
        assert response.answer.position.shard == number
        assert not response.HasField("redirect")
    for number in (0, 1):
        mine = [one.envelope.event_id for one, n in zip(asked, owners, strict=True) if n == number]
        assert ids(two.engines[number]) == mine


def test_a_batch_is_cut_and_put_together_again(two, routed):
    client = routed(Role.GATE)
    asked = [about(f"t{number}") for number in range(30)]
    answered = client.decide_batch(asked)
    assert [one.answer.position.shard for one in answered] == [owner(two, one) for one in asked]
    assert client.decide_batch([]) == []


def test_a_wrong_shard_says_where_to_go_and_keeps_nothing(two, keyring):
    token = keyring.sign("g", Role.GATE, (EVERYWHERE,))
    asked = next(one for n in range(99) if owner(two, one := about(f"t{n}")) == 1)
    with HaechiClient(f"127.0.0.1:{two.ports[0]}", token) as plain:
        (streamed,) = plain.decide_stream([asked])
        told = [plain.decide(asked), plain.decide_batch([asked])[0], streamed[1]]
        for response in told:
            assert response.answer.verdict == Verdict.REFER
            assert response.answer.code_class == CodeClass.BAD_REQUEST
            assert response.refusal.code == "OTHER_SHARD"
            assert response.redirect.shard == 1
            assert response.redirect.address == f"127.0.0.1:{two.ports[1]}"
            assert response.redirect.topology_version == 1
            assert 4 <= response.redirect.partition < 8
        assert not len(plain.spool)
        acted = about("t", gate_action={"acted": 1, "gate": "ICN-T1-EXIT-1"})
        acted.envelope.subjects[0].CopyFrom(asked.envelope.subjects[0])
        (published,) = plain.publish([acted])
        assert published.redirect.shard == 1
    assert two.engines[0].log == []


def test_a_client_that_knows_an_old_topology_is_sent_on_once_and_learns(two, routed):
    client = routed(Role.GATE)
    assert client.topology.version == 1
    asked = next(one for n in range(99) if owner(two, one := about(f"t{n}")) == 1)
    two.say(2, HALVES[::-1])
    assert client.decide(asked).answer.position.shard == 0
    assert [len(engine.log) for engine in two.engines] == [1, 0]
    while client._known.topology.version == 1:
        pass
    assert client.topology == two.topology
    again = client.decide_batch([about(f"t{number}") for number in range(20)])
    assert {one.answer.position.shard for one in again} == {0, 1}


def test_shards_that_send_on_to_each_other_end_in_a_refer(two, routed):
    client = routed(Role.GATE)
    assert client.topology.version == 1
    asked = next(one for n in range(99) if owner(two, one := about(f"t{n}")) == 1)
    # The second shard has a newer file than the first.
    two.say(2, HALVES[::-1], shards=(1,))
    response = client.decide(asked)
    assert response.answer.verdict == Verdict.REFER
    assert response.redirect.shard == 1
    assert [engine.log for engine in two.engines] == [[], []]


def test_a_shard_that_is_gone_is_answered_for_and_no_other_is_asked(two, routed):
    client = routed(Role.GATE)
    gone = next(one for n in range(99) if owner(two, one := about(f"t{n}")) == 1)
    assert client.decide(gone).answer.verdict == Verdict.RELEASE
    two.servers[1].stop(0)
    again = client.decide(about(gone.envelope.subjects[0].traveler_id)).answer
    assert (again.verdict, again.code_class) == (Verdict.REFER, CodeClass.ENGINE_UNREACHABLE)
    assert two.engines[0].log == []


def test_a_gate_with_no_shard_at_all_refers(keyring):
    token = keyring.sign("g", Role.GATE, (EVERYWHERE,))
    with RoutingClient(["127.0.0.1:1"], token) as client:
        answer = client.decide(event(budget_ms=50)).answer
        assert answer.code_class == CodeClass.ENGINE_UNREACHABLE
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
            client.topology  # noqa: B018 (asks)
        assert "token not shown" in repr(client)


def test_a_gate_that_was_given_a_dead_shard_first_finds_the_other(two, routed):
    client = routed(Role.GATE, "127.0.0.1:1", f"127.0.0.1:{two.ports[1]}")
    # Whether the other is found within the first question's budget is a matter of luck.
    first = client.decide(event(budget_ms=50)).answer
    assert first.code_class in (CodeClass.ENGINE_UNREACHABLE, CodeClass.CLEAR)
    eventually(lambda: client._known is not None)
    assert client.decide(event()).answer.verdict == Verdict.RELEASE


def test_facts_go_to_their_owner_ties_to_both_and_lists_to_all(two, routed):
    client = routed(Role.FEEDER)
    facts = [about(f"t{n}", traveler_declaration={"value_usd": 1.0}) for n in range(20)]
    ties = [about(f"t{n}", link={"other": {"parcel_id": f"p{n}"}, "kind": 1}) for n in range(20)]
    entry = event_pb2.Event(
        intelligence={
            "watched": 1, "value": "Kim", "legal_basis": "Customs Act", "weight": 0.5,
            "expires_us": 1 << 60,
        }
    )  # fmt: skip
    fill(entry)
    del entry.envelope.subjects[:]
    handed_in = [*facts, *ties, entry]
    told = {one.index: one for one in client.publish(handed_in)}
    assert sorted(told) == list(range(len(handed_in)))
    assert all(one.HasField("accepted") for one in told.values()), told
    for number, engine in enumerate(two.engines):
        mine = [
            one.envelope.event_id
            for one in handed_in
            if number in [place.number for place in two.router.recipients(one)]
        ]
        assert sorted(ids(engine)) == sorted(mine)
        assert engine.kinds().count(EventKind.INTELLIGENCE) == 1


def test_what_is_refused_anywhere_is_refused(two, routed):
    entry = event_pb2.Event(intelligence={"watched": 1, "value": "Kim"})
    fill(entry)
    (told,) = routed(Role.FEEDER).publish([entry])
    assert told.HasField("refusal")
    assert told.refusal.code == "MISSING_FIELD"


def test_what_names_a_decision_goes_to_who_made_it(two, routed):
    # The engines number their decisions alike: one is ahead, so that no two have one id.
    for number in range(100):
        two.engines[1].decide_later(body(number, number))
    client = routed(Role.GATE)
    asked = [about(f"t{number}") for number in range(12)]
    answers = [one.answer for one in client.decide_batch(asked)]
    acted = []
    for answer in answers:
        one = event_pb2.Event(gate_action={"decision_id": answer.decision_id, "acted": 1})
        fill(one)
        del one.envelope.subjects[:]
        acted.append(one)
    told = {one.index: one.accepted.position.shard for one in client.publish(acted)}
    assert [told[n] for n in range(12)] == [answer.position.shard for answer in answers]
    stranger = event_pb2.Event.FromString(acted[0].SerializeToString())
    stranger.gate_action.decision_id = "f" * 32
    (refused,) = client.publish([stranger])
    assert refused.refusal.code == "NO_SHARD"


def test_facts_that_are_sent_on_reach_their_owner_too(two, routed):
    client = routed(Role.FEEDER)
    assert client.topology.version == 1
    two.say(2, HALVES[::-1])
    facts = [about(f"t{n}", traveler_declaration={"value_usd": 1.0}) for n in range(10)]
    told = {one.index: one.accepted.position.shard for one in client.publish(iter(facts))}
    assert [told[n] for n in range(10)] == [owner(two, one) for one in facts]


def test_a_stream_of_facts_that_breaks_is_an_error(two, routed):
    client = routed(Role.FEEDER)
    facts = [about(f"t{n}", traveler_declaration={"value_usd": 1.0}) for n in range(10)]
    assert len(list(client.publish(facts))) == 10
    two.servers[1].stop(0)
    with pytest.raises(grpc.RpcError):
        list(client.publish(facts))


def test_one_shard_is_asked_by_number(two, routed):
    client = routed(Role.OPERATOR)
    assert client.shard(1).healthy()
    assert client.shard(1) is client.shard(1)
    with pytest.raises(Unavailable, match="there is no shard 2; there are 0, 1"):
        client.shard(2)
