"""Who may call what, in one table: role by method, and role by kind of event.

The contract's roles are gate, sensor, officer, approver, analyst and operator. One is added:
``feeder``, for the systems that hand in what no sensor saw: manifests, declarations, links,
identity links, intelligence and the ends of cases. Without it an X-ray's credential could write
a passenger's manifest. A feeder may also hand in inspection outcomes, but only historical ones:
old files carry labels, and today's labels are an officer's. And ``monitor``, for the process that
watches the models and may say that something drifted. And ``faces``, for the face service: it
follows which travelers are at risk, and hands in what its cameras match. And ``standby``, for the
engine that follows this one: it gets the log, the subjects' keys and the installation's secrets, so
its token is as good as all of them.

Governance events are in no row of :data:`EVENTS`: only the governance service makes them, and it
takes the person from the credentials. Nor are the engine's own events.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from haechi.engine.codes import EventKind


class Role(StrEnum):
    """What a principal may do."""

    GATE = "gate"
    SENSOR = "sensor"
    FEEDER = "feeder"
    OFFICER = "officer"
    APPROVER = "approver"
    ANALYST = "analyst"
    OPERATOR = "operator"
    MONITOR = "monitor"
    FACES = "faces"
    STANDBY = "standby"


DECISIONS: Final = "haechi.v1.DecisionService"
INGEST: Final = "haechi.v1.IngestService"
GOVERNANCE: Final = "haechi.v1.GovernanceService"
TASKS: Final = "haechi.v1.TaskService"
TOPOLOGY: Final = "haechi.v1.TopologyService"
FACE_SERVICE: Final = "haechi.v1.FaceService"
"""Served by the face service, with the engine's tokens."""

STANDBY_SERVICE: Final = "haechi.v1.StandbyService"
HEALTH: Final = "grpc.health.v1.Health"
REFLECTION: Final = "grpc.reflection.v1alpha.ServerReflection"

EVERYBODY: Final = frozenset(Role)

METHODS: Final[dict[str, frozenset[Role]]] = {
    f"/{DECISIONS}/Decide": frozenset({Role.GATE}),
    f"/{DECISIONS}/DecideStream": frozenset({Role.GATE}),
    f"/{DECISIONS}/DecideBatch": frozenset({Role.GATE}),
    f"/{DECISIONS}/Watch": frozenset({Role.GATE, Role.OFFICER, Role.FACES}),
    f"/{DECISIONS}/AcknowledgeWatch": frozenset({Role.GATE, Role.OFFICER}),
    f"/{DECISIONS}/Explain": frozenset({Role.OFFICER}),
    f"/{INGEST}/Publish": frozenset(
        {Role.GATE, Role.SENSOR, Role.FEEDER, Role.OFFICER, Role.MONITOR, Role.FACES}
    ),
    # Whoever sends something must find the shard for it.
    f"/{TOPOLOGY}/GetTopology": EVERYBODY - {Role.ANALYST},
    f"/{TASKS}/ListTasks": frozenset({Role.OFFICER}),
    f"/{TASKS}/ActOnTask": frozenset({Role.OFFICER}),
    f"/{FACE_SERVICE}/Observe": frozenset({Role.SENSOR, Role.GATE}),
    f"/{FACE_SERVICE}/EnrolWatched": frozenset({Role.APPROVER}),
    f"/{FACE_SERVICE}/EraseFaces": frozenset({Role.APPROVER}),
    f"/{FACE_SERVICE}/DescribeGalleries": frozenset({Role.OPERATOR, Role.OFFICER, Role.APPROVER}),
    f"/{GOVERNANCE}/SubmitRuleSet": frozenset({Role.APPROVER}),
    f"/{GOVERNANCE}/PromoteModel": frozenset({Role.APPROVER}),
    f"/{GOVERNANCE}/ChangeTrust": frozenset({Role.APPROVER}),
    f"/{GOVERNANCE}/SetCapacity": frozenset({Role.APPROVER}),
    f"/{GOVERNANCE}/Erase": frozenset({Role.APPROVER}),
    f"/{STANDBY_SERVICE}/Follow": frozenset({Role.STANDBY}),
    # A client must see whether it will be served. The analyst reads ClickHouse, nothing here.
    f"/{HEALTH}/Check": EVERYBODY - {Role.ANALYST},
    f"/{HEALTH}/Watch": EVERYBODY - {Role.ANALYST},
    f"/{REFLECTION}/ServerReflectionInfo": frozenset({Role.OPERATOR}),
}
"""Roles that may call each method."""

EVENTS: Final[dict[Role, frozenset[EventKind]]] = {
    Role.GATE: frozenset({EventKind.GATE_EVENT, EventKind.GATE_ACTION, EventKind.EXIT_SEEN}),
    Role.SENSOR: frozenset(
        {
            EventKind.FACE_MATCH,
            EventKind.SCANNER_RESULT,
            EventKind.SENSOR_STATUS,
            EventKind.EXIT_SEEN,
        }
    ),
    Role.FEEDER: frozenset(
        {
            EventKind.TRAVELER_MANIFEST,
            EventKind.TRAVELER_DECLARATION,
            EventKind.PARCEL_MANIFEST,
            EventKind.LINK,
            EventKind.UNLINK,
            EventKind.IDENTITY_LINK,
            EventKind.INTELLIGENCE,
            EventKind.CASE_CLOSED,
            EventKind.INSPECTION_OUTCOME,
        }
    ),
    Role.OFFICER: frozenset(
        {EventKind.OFFICER_ACTION, EventKind.INSPECTION_OUTCOME, EventKind.CASE_CLOSED}
    ),
    Role.APPROVER: frozenset(),
    Role.ANALYST: frozenset(),
    Role.OPERATOR: frozenset(),
    Role.MONITOR: frozenset({EventKind.DRIFT_DETECTED}),
    Role.FACES: frozenset({EventKind.FACE_MATCH, EventKind.SENSOR_STATUS}),
    Role.STANDBY: frozenset(),
}
"""Kinds of event that each role may send."""


def may_send(role: Role, kind: EventKind, *, historical: bool) -> bool:
    """Whether a role may send an event of a kind."""
    if kind not in EVENTS[role]:
        return False
    return not (role is Role.FEEDER and kind is EventKind.INSPECTION_OUTCOME and not historical)
