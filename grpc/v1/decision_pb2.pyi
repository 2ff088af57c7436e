from haechi.rpc.v1 import officers_pb2 as _officers_pb2
from haechi.rpc.v1 import vocabulary_pb2 as _vocabulary_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EvidenceStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVIDENCE_STATUS_UNSPECIFIED: _ClassVar[EvidenceStatus]
    EVIDENCE_STATUS_PRESENT: _ClassVar[EvidenceStatus]
    EVIDENCE_STATUS_FAILED: _ClassVar[EvidenceStatus]
    EVIDENCE_STATUS_SENSOR_DOWN: _ClassVar[EvidenceStatus]
EVIDENCE_STATUS_UNSPECIFIED: EvidenceStatus
EVIDENCE_STATUS_PRESENT: EvidenceStatus
EVIDENCE_STATUS_FAILED: EvidenceStatus
EVIDENCE_STATUS_SENSOR_DOWN: EvidenceStatus

class LogPosition(_message.Message):
    __slots__ = ("shard", "epoch", "offset", "ordinal")
    SHARD_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    ORDINAL_FIELD_NUMBER: _ClassVar[int]
    shard: int
    epoch: int
    offset: int
    ordinal: int
    def __init__(self, shard: _Optional[int] = ..., epoch: _Optional[int] = ..., offset: _Optional[int] = ..., ordinal: _Optional[int] = ...) -> None: ...

class Part(_message.Message):
    __slots__ = ("feature", "value", "contribution")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    feature: str
    value: float
    contribution: float
    def __init__(self, feature: _Optional[str] = ..., value: _Optional[float] = ..., contribution: _Optional[float] = ...) -> None: ...

class Reason(_message.Message):
    __slots__ = ("feature", "code", "text", "contribution", "value", "text_ko", "field", "parts")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TEXT_KO_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    feature: str
    code: str
    text: str
    contribution: float
    value: float
    text_ko: str
    field: str
    parts: _containers.RepeatedCompositeFieldContainer[Part]
    def __init__(self, feature: _Optional[str] = ..., code: _Optional[str] = ..., text: _Optional[str] = ..., contribution: _Optional[float] = ..., value: _Optional[float] = ..., text_ko: _Optional[str] = ..., field: _Optional[str] = ..., parts: _Optional[_Iterable[_Union[Part, _Mapping]]] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("stream", "status", "event_time_us", "age_us", "required", "text", "text_ko")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_US_FIELD_NUMBER: _ClassVar[int]
    AGE_US_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TEXT_KO_FIELD_NUMBER: _ClassVar[int]
    stream: str
    status: EvidenceStatus
    event_time_us: int
    age_us: int
    required: bool
    text: str
    text_ko: str
    def __init__(self, stream: _Optional[str] = ..., status: _Optional[_Union[EvidenceStatus, str]] = ..., event_time_us: _Optional[int] = ..., age_us: _Optional[int] = ..., required: _Optional[bool] = ..., text: _Optional[str] = ..., text_ko: _Optional[str] = ...) -> None: ...

class Score(_message.Message):
    __slots__ = ("log_odds", "base_log_odds", "probability", "hold_at_log_odds", "refer_at_log_odds", "shadow_log_odds", "draw", "propensity", "promised", "held", "uplift", "bar_log_odds")
    LOG_ODDS_FIELD_NUMBER: _ClassVar[int]
    BASE_LOG_ODDS_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    HOLD_AT_LOG_ODDS_FIELD_NUMBER: _ClassVar[int]
    REFER_AT_LOG_ODDS_FIELD_NUMBER: _ClassVar[int]
    SHADOW_LOG_ODDS_FIELD_NUMBER: _ClassVar[int]
    DRAW_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    PROMISED_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    UPLIFT_FIELD_NUMBER: _ClassVar[int]
    BAR_LOG_ODDS_FIELD_NUMBER: _ClassVar[int]
    log_odds: float
    base_log_odds: float
    probability: float
    hold_at_log_odds: float
    refer_at_log_odds: float
    shadow_log_odds: float
    draw: float
    propensity: float
    promised: float
    held: float
    uplift: float
    bar_log_odds: float
    def __init__(self, log_odds: _Optional[float] = ..., base_log_odds: _Optional[float] = ..., probability: _Optional[float] = ..., hold_at_log_odds: _Optional[float] = ..., refer_at_log_odds: _Optional[float] = ..., shadow_log_odds: _Optional[float] = ..., draw: _Optional[float] = ..., propensity: _Optional[float] = ..., promised: _Optional[float] = ..., held: _Optional[float] = ..., uplift: _Optional[float] = ..., bar_log_odds: _Optional[float] = ...) -> None: ...

class Counterfactual(_message.Message):
    __slots__ = ("fields", "log_odds", "text", "text_ko")
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    LOG_ODDS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TEXT_KO_FIELD_NUMBER: _ClassVar[int]
    fields: _containers.RepeatedScalarFieldContainer[str]
    log_odds: float
    text: str
    text_ko: str
    def __init__(self, fields: _Optional[_Iterable[str]] = ..., log_odds: _Optional[float] = ..., text: _Optional[str] = ..., text_ko: _Optional[str] = ...) -> None: ...

class MatchedRule(_message.Message):
    __slots__ = ("id", "shadow", "uplift", "reason", "reason_ko", "owner", "legal_basis")
    ID_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    UPLIFT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REASON_KO_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    id: str
    shadow: bool
    uplift: float
    reason: str
    reason_ko: str
    owner: str
    legal_basis: str
    def __init__(self, id: _Optional[str] = ..., shadow: _Optional[bool] = ..., uplift: _Optional[float] = ..., reason: _Optional[str] = ..., reason_ko: _Optional[str] = ..., owner: _Optional[str] = ..., legal_basis: _Optional[str] = ...) -> None: ...

class Versions(_message.Message):
    __slots__ = ("model", "policy", "features", "build", "learned", "prior", "rules", "shadow_rules")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    LEARNED_FIELD_NUMBER: _ClassVar[int]
    PRIOR_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    SHADOW_RULES_FIELD_NUMBER: _ClassVar[int]
    model: str
    policy: str
    features: str
    build: str
    learned: int
    prior: str
    rules: str
    shadow_rules: str
    def __init__(self, model: _Optional[str] = ..., policy: _Optional[str] = ..., features: _Optional[str] = ..., build: _Optional[str] = ..., learned: _Optional[int] = ..., prior: _Optional[str] = ..., rules: _Optional[str] = ..., shadow_rules: _Optional[str] = ...) -> None: ...

class Timings(_message.Message):
    __slots__ = ("decode_us", "queue_us", "join_us", "score_us", "decide_us", "learn_us", "commit_us", "reply_us", "total_us")
    DECODE_US_FIELD_NUMBER: _ClassVar[int]
    QUEUE_US_FIELD_NUMBER: _ClassVar[int]
    JOIN_US_FIELD_NUMBER: _ClassVar[int]
    SCORE_US_FIELD_NUMBER: _ClassVar[int]
    DECIDE_US_FIELD_NUMBER: _ClassVar[int]
    LEARN_US_FIELD_NUMBER: _ClassVar[int]
    COMMIT_US_FIELD_NUMBER: _ClassVar[int]
    REPLY_US_FIELD_NUMBER: _ClassVar[int]
    TOTAL_US_FIELD_NUMBER: _ClassVar[int]
    decode_us: float
    queue_us: float
    join_us: float
    score_us: float
    decide_us: float
    learn_us: float
    commit_us: float
    reply_us: float
    total_us: float
    def __init__(self, decode_us: _Optional[float] = ..., queue_us: _Optional[float] = ..., join_us: _Optional[float] = ..., score_us: _Optional[float] = ..., decide_us: _Optional[float] = ..., learn_us: _Optional[float] = ..., commit_us: _Optional[float] = ..., reply_us: _Optional[float] = ..., total_us: _Optional[float] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("decision_id", "trigger_event_id", "subject_kind", "case_reference", "ordinal", "kind", "stage", "lane", "verdict", "directive", "chute", "code_class", "degraded", "provisional", "supersedes", "answers_event_id", "valid_until_us", "review_by_us", "decided_us", "event_time_us", "score", "reasons", "evidence", "versions", "selected_by", "site", "gate", "would_release", "rules", "routed", "inputs_digest", "body_digest", "position", "timings", "fell_out", "waiting", "inspection_wait_us")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_KIND_FIELD_NUMBER: _ClassVar[int]
    CASE_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    ORDINAL_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DIRECTIVE_FIELD_NUMBER: _ClassVar[int]
    CHUTE_FIELD_NUMBER: _ClassVar[int]
    CODE_CLASS_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    REVIEW_BY_US_FIELD_NUMBER: _ClassVar[int]
    DECIDED_US_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_US_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    SELECTED_BY_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    WOULD_RELEASE_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    ROUTED_FIELD_NUMBER: _ClassVar[int]
    INPUTS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    BODY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    FELL_OUT_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    INSPECTION_WAIT_US_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    trigger_event_id: str
    subject_kind: _vocabulary_pb2.SubjectKind
    case_reference: str
    ordinal: int
    kind: _vocabulary_pb2.DecisionKind
    stage: _vocabulary_pb2.Stage
    lane: str
    verdict: _vocabulary_pb2.Verdict
    directive: _vocabulary_pb2.Directive
    chute: int
    code_class: _vocabulary_pb2.CodeClass
    degraded: bool
    provisional: bool
    supersedes: str
    answers_event_id: str
    valid_until_us: int
    review_by_us: int
    decided_us: int
    event_time_us: int
    score: Score
    reasons: _containers.RepeatedCompositeFieldContainer[Reason]
    evidence: _containers.RepeatedCompositeFieldContainer[Evidence]
    versions: Versions
    selected_by: _officers_pb2.SelectedBy
    site: str
    gate: str
    would_release: Counterfactual
    rules: _containers.RepeatedCompositeFieldContainer[MatchedRule]
    routed: str
    inputs_digest: bytes
    body_digest: bytes
    position: LogPosition
    timings: Timings
    fell_out: bool
    waiting: int
    inspection_wait_us: int
    def __init__(self, decision_id: _Optional[str] = ..., trigger_event_id: _Optional[str] = ..., subject_kind: _Optional[_Union[_vocabulary_pb2.SubjectKind, str]] = ..., case_reference: _Optional[str] = ..., ordinal: _Optional[int] = ..., kind: _Optional[_Union[_vocabulary_pb2.DecisionKind, str]] = ..., stage: _Optional[_Union[_vocabulary_pb2.Stage, str]] = ..., lane: _Optional[str] = ..., verdict: _Optional[_Union[_vocabulary_pb2.Verdict, str]] = ..., directive: _Optional[_Union[_vocabulary_pb2.Directive, str]] = ..., chute: _Optional[int] = ..., code_class: _Optional[_Union[_vocabulary_pb2.CodeClass, str]] = ..., degraded: _Optional[bool] = ..., provisional: _Optional[bool] = ..., supersedes: _Optional[str] = ..., answers_event_id: _Optional[str] = ..., valid_until_us: _Optional[int] = ..., review_by_us: _Optional[int] = ..., decided_us: _Optional[int] = ..., event_time_us: _Optional[int] = ..., score: _Optional[_Union[Score, _Mapping]] = ..., reasons: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ..., evidence: _Optional[_Iterable[_Union[Evidence, _Mapping]]] = ..., versions: _Optional[_Union[Versions, _Mapping]] = ..., selected_by: _Optional[_Union[_officers_pb2.SelectedBy, str]] = ..., site: _Optional[str] = ..., gate: _Optional[str] = ..., would_release: _Optional[_Union[Counterfactual, _Mapping]] = ..., rules: _Optional[_Iterable[_Union[MatchedRule, _Mapping]]] = ..., routed: _Optional[str] = ..., inputs_digest: _Optional[bytes] = ..., body_digest: _Optional[bytes] = ..., position: _Optional[_Union[LogPosition, _Mapping]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ..., fell_out: _Optional[bool] = ..., waiting: _Optional[int] = ..., inspection_wait_us: _Optional[int] = ...) -> None: ...

class GateAnswer(_message.Message):
    __slots__ = ("decision_id", "verdict", "directive", "code_class", "kind", "stage", "chute", "degraded", "provisional", "valid_until_us", "position", "supersedes", "answers_event_id", "case_reference", "review_by_us")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DIRECTIVE_FIELD_NUMBER: _ClassVar[int]
    CODE_CLASS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    CHUTE_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REVIEW_BY_US_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    verdict: _vocabulary_pb2.Verdict
    directive: _vocabulary_pb2.Directive
    code_class: _vocabulary_pb2.CodeClass
    kind: _vocabulary_pb2.DecisionKind
    stage: _vocabulary_pb2.Stage
    chute: int
    degraded: bool
    provisional: bool
    valid_until_us: int
    position: LogPosition
    supersedes: str
    answers_event_id: str
    case_reference: str
    review_by_us: int
    def __init__(self, decision_id: _Optional[str] = ..., verdict: _Optional[_Union[_vocabulary_pb2.Verdict, str]] = ..., directive: _Optional[_Union[_vocabulary_pb2.Directive, str]] = ..., code_class: _Optional[_Union[_vocabulary_pb2.CodeClass, str]] = ..., kind: _Optional[_Union[_vocabulary_pb2.DecisionKind, str]] = ..., stage: _Optional[_Union[_vocabulary_pb2.Stage, str]] = ..., chute: _Optional[int] = ..., degraded: _Optional[bool] = ..., provisional: _Optional[bool] = ..., valid_until_us: _Optional[int] = ..., position: _Optional[_Union[LogPosition, _Mapping]] = ..., supersedes: _Optional[str] = ..., answers_event_id: _Optional[str] = ..., case_reference: _Optional[str] = ..., review_by_us: _Optional[int] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("code", "reason", "remedy")
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    code: str
    reason: str
    remedy: str
    def __init__(self, code: _Optional[str] = ..., reason: _Optional[str] = ..., remedy: _Optional[str] = ...) -> None: ...
