"""The words of the contract as small integers, as records and kernels carry them.

The numbers equal those of the enums in ``haechi.v1`` wherever both exist, so that decoding
is a copy. They are append-only: the log keeps them for years.
"""

from __future__ import annotations

from enum import IntEnum


class EventKind(IntEnum):
    """What an event is."""

    GATE_EVENT = 1
    GATE_ACTION = 2
    FACE_MATCH = 3
    SCANNER_RESULT = 4
    SENSOR_STATUS = 5
    TRAVELER_MANIFEST = 6
    TRAVELER_DECLARATION = 7
    PARCEL_MANIFEST = 8
    LINK = 9
    UNLINK = 10
    IDENTITY_LINK = 11
    INTELLIGENCE = 12
    OFFICER_ACTION = 13
    INSPECTION_OUTCOME = 14
    EXIT_SEEN = 15
    CASE_CLOSED = 16
    RULE_SET = 17
    MODEL_PROMOTION = 18
    CAPACITY = 19
    ERASURE = 20
    ENGINE_STARTED = 21
    TICK = 22
    PROVISIONAL_DELIVERED = 23
    WATCH_ACKNOWLEDGED = 24
    DEAD_LETTER = 25
    DRIFT_DETECTED = 26
    TRUST_CHANGED = 27
    LINKED_RISK = 28


class NodeKind(IntEnum):
    """What a case is about. A bag gathers evidence for its traveler and is never decided."""

    TRAVELER = 1
    PARCEL = 2
    BAG = 3


class Stage(IntEnum):
    """Where on its way a case is."""

    PRE_ARRIVAL = 1
    DESK = 2
    RECLAIM = 3
    EXIT = 4
    WAREHOUSE_IN = 5
    SORTER = 6
    RELEASE_OUT = 7


class Verdict(IntEnum):
    """What a gate is told."""

    RELEASE = 1
    HOLD = 2
    REFER = 3


class Directive(IntEnum):
    """Where a referred or held subject goes."""

    NONE = 0
    BODY_SCAN = 1
    BAG_SEARCH = 2
    DOCUMENT_CHECK = 3
    XRAY_AGAIN = 4
    DIVERT_CHUTE = 5
    FACE_CHECK = 6
    OPEN_PARCEL = 7
    INTERVIEW = 8
    CALL_OFFICER = 9


class DecisionKind(IntEnum):
    """What a decision is for; see the contract on revisions."""

    STANDING = 1
    ANSWER = 2
    REVISION = 3
    ALERT = 4
    FOLLOW_UP = 5
    ESCALATION = 6
    PROVISIONAL = 7
    REVIEW = 8


class CodeClass(IntEnum):
    """The coarse reason that a gate may see."""

    CLEAR = 1
    RISK = 2
    MISSING_EVIDENCE = 3
    INTELLIGENCE = 4
    SENSOR_ALARM = 5
    DEADLINE = 6
    OVERLOAD = 7
    ENGINE_UNREACHABLE = 8
    BAD_REQUEST = 9
    MODEL_BROKEN = 10
    CAPACITY = 11
    POLICY = 12
    RANDOM_CHECK = 13
    REVIEW_EXPIRED = 14
    NOT_ACKNOWLEDGED = 15
    OFFICER = 16


class Stream(IntEnum):
    """Kinds of evidence; a required one is a bit of a lane's mask."""

    MANIFEST = 0
    DECLARATION = 1
    FACE = 2
    BODY_SCAN = 3
    BAG_XRAY = 4
    PARCEL_XRAY = 5
    LINKED = 6
    COMPANION = 7
    INTELLIGENCE = 8
    HISTORY = 9


class Overflow(IntEnum):
    """What becomes of a case whose risk asks for an inspection that officers cannot get to."""

    NONE = 0
    REFER = 1
    RELEASE = 2


class EvidenceStatus(IntEnum):
    """State of one stream in one case. Only PRESENT satisfies a requirement."""

    ABSENT = 0
    PRESENT = 1
    FAILED = 2
    SENSOR_DOWN = 3


class FaceOutcome(IntEnum):
    """What a camera's match said."""

    SAME = 1
    REVIEW = 2
    DIFFERENT = 3
    UNKNOWN = 4
    NOT_CAPTURED = 5


class CameraRole(IntEnum):
    """Which camera it was."""

    DESK = 1
    EXIT = 2


class ScanKind(IntEnum):
    """What a scanner looks at."""

    BODY_MM_WAVE = 1
    BAGGAGE_XRAY = 2
    PARCEL_XRAY = 3
    OTHER = 4


class ScanResult(IntEnum):
    """What a scanner said; a clear scan is evidence, a failed one is not."""

    ALARM = 1
    CLEAR = 2
    FAILED = 3
    REFUSED = 4


class Finding(IntEnum):
    """What an inspection ended in; only the first two are labels."""

    FOUND = 1
    NOTHING = 2
    INCONCLUSIVE = 3
    NOT_DONE = 4


class SelectedBy(IntEnum):
    """Why a case was chosen for inspection."""

    NOT_SELECTED = 0
    MODEL = 1
    RULE = 2
    RANDOM = 3
    OFFICER = 4


class GateActed(IntEnum):
    """What the gate did with its answer."""

    OPENED = 1
    DIVERTED = 2
    KEPT_SHUT = 3
    FAILED = 4


class OfficerAct(IntEnum):
    """What an officer did with a task."""

    TAKE = 1
    PUT_BACK = 2
    RELEASE = 3
    CONFIRM = 4
    ESCALATE = 5
    OVERRIDE = 6


class Task(IntEnum):
    """How what a decision asked of officers stands; from OPEN to ESCALATED it waits for them."""

    NONE = 0
    OPEN = 1
    TAKEN = 2
    SECOND = 3
    ESCALATED = 4
    SETTLED = 5
    RELEASED = 6
    LAPSED = 7


class IdentityChange(IntEnum):
    """How two names relate."""

    ALIAS = 1
    MERGE = 2
    SPLIT = 3


class Watched(IntEnum):
    """What an intelligence entry names."""

    NAME = 1
    DOCUMENT = 2
    PCCC = 3
    ADDRESS = 4
    PHONE = 5
    SELLER = 6
    HS = 7
    ROUTE = 8
    IMAGE_CLASS = 9
    CONSIGNEE = 10


class TrustChange(IntEnum):
    """What becomes of a party in the registry of trusted parties."""

    GRANT = 1
    WITHDRAW = 2


class Party(IntEnum):
    """Who or what has a history; the prefix of an entity's key."""

    TRAVELER = 1
    FLIGHT = 2
    PCCC = 3
    CONSIGNEE = 4
    ADDRESS = 5
    PHONE = 6
    SENDER = 7
    IMPORTER = 8
    DECLARANT = 9
    SELLER = 10
    COURIER = 11
    HS6 = 12
    ORIGIN = 13
    HS4 = 16
    DEPARTURE = 17


class Phase(IntEnum):
    """How far the outside world has acted on a case; it steers what a revision means."""

    OPEN = 0
    ANSWERED = 1
    ACTED = 2
    LEFT = 3
