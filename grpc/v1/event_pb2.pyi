from haechi.rpc.v1 import envelope_pb2 as _envelope_pb2
from haechi.rpc.v1 import gate_pb2 as _gate_pb2
from haechi.rpc.v1 import governance_pb2 as _governance_pb2
from haechi.rpc.v1 import journal_pb2 as _journal_pb2
from haechi.rpc.v1 import links_pb2 as _links_pb2
from haechi.rpc.v1 import officers_pb2 as _officers_pb2
from haechi.rpc.v1 import parcel_pb2 as _parcel_pb2
from haechi.rpc.v1 import sensors_pb2 as _sensors_pb2
from haechi.rpc.v1 import traveler_pb2 as _traveler_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Event(_message.Message):
    __slots__ = ("envelope", "gate_event", "gate_action", "exit_seen", "provisional_delivered", "face_match", "scanner_result", "sensor_status", "traveler_manifest", "traveler_declaration", "parcel_manifest", "link", "unlink", "identity_link", "intelligence", "linked_risk", "officer_action", "inspection_outcome", "case_closed", "rule_set", "model_promotion", "capacity", "erasure", "engine_started", "drift_detected", "trust_changed", "tick", "watch_acknowledged", "dead_letter")
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    GATE_EVENT_FIELD_NUMBER: _ClassVar[int]
    GATE_ACTION_FIELD_NUMBER: _ClassVar[int]
    EXIT_SEEN_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_DELIVERED_FIELD_NUMBER: _ClassVar[int]
    FACE_MATCH_FIELD_NUMBER: _ClassVar[int]
    SCANNER_RESULT_FIELD_NUMBER: _ClassVar[int]
    SENSOR_STATUS_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_MANIFEST_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_DECLARATION_FIELD_NUMBER: _ClassVar[int]
    PARCEL_MANIFEST_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    UNLINK_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_LINK_FIELD_NUMBER: _ClassVar[int]
    INTELLIGENCE_FIELD_NUMBER: _ClassVar[int]
    LINKED_RISK_FIELD_NUMBER: _ClassVar[int]
    OFFICER_ACTION_FIELD_NUMBER: _ClassVar[int]
    INSPECTION_OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CASE_CLOSED_FIELD_NUMBER: _ClassVar[int]
    RULE_SET_FIELD_NUMBER: _ClassVar[int]
    MODEL_PROMOTION_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    ENGINE_STARTED_FIELD_NUMBER: _ClassVar[int]
    DRIFT_DETECTED_FIELD_NUMBER: _ClassVar[int]
    TRUST_CHANGED_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    WATCH_ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    DEAD_LETTER_FIELD_NUMBER: _ClassVar[int]
    envelope: _envelope_pb2.Envelope
    gate_event: _gate_pb2.GateEvent
    gate_action: _gate_pb2.GateAction
    exit_seen: _gate_pb2.ExitSeen
    provisional_delivered: _gate_pb2.ProvisionalDelivered
    face_match: _sensors_pb2.FaceMatch
    scanner_result: _sensors_pb2.ScannerResult
    sensor_status: _sensors_pb2.SensorStatus
    traveler_manifest: _traveler_pb2.TravelerManifest
    traveler_declaration: _traveler_pb2.TravelerDeclaration
    parcel_manifest: _parcel_pb2.ParcelManifest
    link: _links_pb2.Link
    unlink: _links_pb2.Unlink
    identity_link: _links_pb2.IdentityLink
    intelligence: _links_pb2.Intelligence
    linked_risk: _links_pb2.LinkedRisk
    officer_action: _officers_pb2.OfficerAction
    inspection_outcome: _officers_pb2.InspectionOutcome
    case_closed: _officers_pb2.CaseClosed
    rule_set: _governance_pb2.RuleSet
    model_promotion: _governance_pb2.ModelPromotion
    capacity: _governance_pb2.Capacity
    erasure: _governance_pb2.Erasure
    engine_started: _governance_pb2.EngineStarted
    drift_detected: _governance_pb2.DriftDetected
    trust_changed: _governance_pb2.TrustChanged
    tick: _journal_pb2.Tick
    watch_acknowledged: _journal_pb2.WatchAcknowledged
    dead_letter: _journal_pb2.DeadLetter
    def __init__(self, envelope: _Optional[_Union[_envelope_pb2.Envelope, _Mapping]] = ..., gate_event: _Optional[_Union[_gate_pb2.GateEvent, _Mapping]] = ..., gate_action: _Optional[_Union[_gate_pb2.GateAction, _Mapping]] = ..., exit_seen: _Optional[_Union[_gate_pb2.ExitSeen, _Mapping]] = ..., provisional_delivered: _Optional[_Union[_gate_pb2.ProvisionalDelivered, _Mapping]] = ..., face_match: _Optional[_Union[_sensors_pb2.FaceMatch, _Mapping]] = ..., scanner_result: _Optional[_Union[_sensors_pb2.ScannerResult, _Mapping]] = ..., sensor_status: _Optional[_Union[_sensors_pb2.SensorStatus, _Mapping]] = ..., traveler_manifest: _Optional[_Union[_traveler_pb2.TravelerManifest, _Mapping]] = ..., traveler_declaration: _Optional[_Union[_traveler_pb2.TravelerDeclaration, _Mapping]] = ..., parcel_manifest: _Optional[_Union[_parcel_pb2.ParcelManifest, _Mapping]] = ..., link: _Optional[_Union[_links_pb2.Link, _Mapping]] = ..., unlink: _Optional[_Union[_links_pb2.Unlink, _Mapping]] = ..., identity_link: _Optional[_Union[_links_pb2.IdentityLink, _Mapping]] = ..., intelligence: _Optional[_Union[_links_pb2.Intelligence, _Mapping]] = ..., linked_risk: _Optional[_Union[_links_pb2.LinkedRisk, _Mapping]] = ..., officer_action: _Optional[_Union[_officers_pb2.OfficerAction, _Mapping]] = ..., inspection_outcome: _Optional[_Union[_officers_pb2.InspectionOutcome, _Mapping]] = ..., case_closed: _Optional[_Union[_officers_pb2.CaseClosed, _Mapping]] = ..., rule_set: _Optional[_Union[_governance_pb2.RuleSet, _Mapping]] = ..., model_promotion: _Optional[_Union[_governance_pb2.ModelPromotion, _Mapping]] = ..., capacity: _Optional[_Union[_governance_pb2.Capacity, _Mapping]] = ..., erasure: _Optional[_Union[_governance_pb2.Erasure, _Mapping]] = ..., engine_started: _Optional[_Union[_governance_pb2.EngineStarted, _Mapping]] = ..., drift_detected: _Optional[_Union[_governance_pb2.DriftDetected, _Mapping]] = ..., trust_changed: _Optional[_Union[_governance_pb2.TrustChanged, _Mapping]] = ..., tick: _Optional[_Union[_journal_pb2.Tick, _Mapping]] = ..., watch_acknowledged: _Optional[_Union[_journal_pb2.WatchAcknowledged, _Mapping]] = ..., dead_letter: _Optional[_Union[_journal_pb2.DeadLetter, _Mapping]] = ...) -> None: ...
