"""How subjects hang together, and what is watched for, as records."""

from __future__ import annotations

from typing import Final

from haechi.engine.codes import NodeKind, Watched
from haechi.engine.errors import BadInput
from haechi.rpc.v1.envelope_pb2 import Envelope
from haechi.rpc.v1.links_pb2 import IdentityLink, Intelligence, Link, LinkedRisk, Unlink
from haechi.streams.decode import parties
from haechi.streams.decode.checks import MOST, birth_year, known, number, packed, shown, version
from haechi.streams.decode.places import Edge, Fields
from haechi.streams.decode.references import subject_of

_LINK_KINDS: Final = range(4)
_CHANGES: Final = range(1, 4)
_RISKY: Final = (int(NodeKind.TRAVELER), int(NodeKind.PARCEL))
_WATCHED: Final = range(1, 11)


def _pair(edge: Edge, message: Link | Unlink | IdentityLink, envelope: Envelope) -> Fields:
    """Read the envelope's subject and the other one."""
    ref, node, alias = subject_of(edge, envelope.subjects)
    other = subject_of(edge, (message.other,), field="other")
    if other.ref in (ref, alias):
        raise BadInput("SELF_LINK", "both names are the same subject's; name two")
    return {
        "ref": ref,
        "node": node,
        "alias": alias,
        "other": other.ref,
        "other_node": other.node,
    }


def link(edge: Edge, message: Link | Unlink, envelope: Envelope) -> list[Fields]:
    """Read a tie made or taken away; one without a version is as new as its event."""
    row = _pair(edge, message, envelope)
    row["mode"] = known(message.kind, _LINK_KINDS, "link.kind")
    row["version"] = version(message.link_version, "link.link_version") or envelope.event_time_us
    return [row]


def identity_link(edge: Edge, message: IdentityLink, envelope: Envelope) -> list[Fields]:
    """Read that two names belong together, or not."""
    row = _pair(edge, message, envelope)
    if row["node"] != row["other_node"]:
        raise BadInput(
            "WRONG_SUBJECT", "the two names are of different kinds; only a Link may tie them"
        )
    row["change"] = known(message.change, _CHANGES, "identity_link.change")
    return [row]


def linked_risk(edge: Edge, message: LinkedRisk, envelope: Envelope) -> list[Fields]:
    """Read what another shard says of its own subject."""
    said = version(message.version, "linked_risk.version")
    if not said:
        raise BadInput("OUT_OF_RANGE", "linked_risk.version is 0; the first version is 1")
    ref, node, alias = subject_of(edge, envelope.subjects, _RISKY)
    score = number(message.own_log_odds, "linked_risk.own_log_odds", -MOST)
    return [{"ref": ref, "node": node, "alias": alias, "score": score, "version": said}]


def intelligence(edge: Edge, message: Intelligence, envelope: Envelope) -> list[Fields]:
    """Read an entry of a watch list; ``mode`` is what its value names, ``alias`` the entry.

    Nobody is watched without a right to it, or for ever.
    """
    row: Fields = {
        "mode": known(message.watched, _WATCHED, "intelligence.watched"),
        "until_us": version(message.expires_us, "intelligence.expires_us"),
        "weight": number(message.weight, "intelligence.weight", 0.0, 1.0),
    }
    if message.withdrawn:
        row["weight"] = 0.0
    value = message.value.strip()
    if not value:
        raise BadInput("MISSING_REFERENCE", "intelligence.value is empty; say what to watch for")
    watched = Watched(message.watched)
    kind = parties.WATCHED.get(watched)
    list_name, entry_id = message.list_name, message.entry_id
    if entry_id:
        row["alias"] = edge.token(parties.LIST_ENTRY, list_name, entry_id)
    elif list_name:
        # A list without ids has one entry for each thing.
        row["alias"] = edge.token(parties.LIST_ENTRY, list_name, watched.name, value)
    if watched is Watched.NAME:
        year = birth_year(message.birth_year, "intelligence.birth_year")
        row["token"] = edge.person(value, year, "intelligence.value")
    elif kind is not None:
        row["token"] = edge.token(kind, value)
    elif watched is Watched.HS:
        row["token"] = parties.watched_hs(value)
    elif watched is Watched.DOCUMENT:
        state, slash, number_ = value.partition("/")
        if not (state and slash and number_):
            raise BadInput(
                "BAD_VALUE",
                f"intelligence.value is {shown(value)}; a document is its issuing state, a "
                "slash, its number",
            )
        row["token"] = edge.token(parties.DOCUMENT_NUMBER, state, parties.document_number(number_))
    else:
        departure, _, origin = value.partition("-")
        row["token"] = packed(departure.strip(), "intelligence.value")
        # Beside the departure, which alone is matched today, for whoever narrows the match.
        row["origin"] = packed(origin.strip(), "intelligence.value")
        if not row["token"]:
            raise BadInput(
                "BAD_VALUE",
                f"intelligence.value is {shown(value)}; a route begins with its departure",
            )
    if message.withdrawn:
        return [row]
    if not message.legal_basis.strip():
        raise BadInput(
            "MISSING_FIELD", "intelligence.legal_basis is empty; say by what law it is watched for"
        )
    if message.expires_us <= envelope.event_time_us:
        raise BadInput(
            "BAD_EXPIRY",
            f"intelligence.expires_us is {message.expires_us} and the event is of "
            f"{envelope.event_time_us}; state when the entry ends, and withdraw it to end it now",
        )
    return [row]
