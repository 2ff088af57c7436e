"""Every metric, in one table: what it is called, what it counts, in what unit, by what.

What is exposed and ``docs/metrics.md`` are both made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with all its labels.

    Parameters
    ----------
    name
        Its name as Prometheus shows it; a counter's ends in ``_total``.
    kind
        ``counter`` counts since the process that tells it started; ``gauge`` is how it is now.
    unit
        Unit of a value.
    about
        What it tells.
    labels
        What it is told by.
    """

    name: str
    kind: Kind
    unit: str
    about: str
    labels: tuple[str, ...] = ()


EVENTS: Final = Family(
    "haechi_events_total", "counter", "events", "Events committed to the log.", ("kind",)
)
DECISIONS: Final = Family(
    "haechi_decisions_total",
    "counter",
    "decisions",
    "Decisions committed to the log, revisions and provisional answers among them.",
    ("verdict", "kind", "lane"),
)
PROVISIONAL: Final = Family(
    "haechi_provisional_answers_total",
    "counter",
    "answers",
    "Answers given outside the core, because it could not answer in time; OVERLOAD is a full "
    "intake.",
    ("reason",),
)
DEAD_LETTERS: Final = Family(
    "haechi_dead_letters_total",
    "counter",
    "events",
    "Events that were refused and kept as they came.",
    ("reason",),
)
ANSWERS: Final = Family(
    "haechi_answer_seconds",
    "histogram",
    "seconds",
    "From an event's receipt until its decision was decided (by the core), durable (in the log) "
    "and returned (handed to the transport). The last two are of answers to gates.",
    ("clock",),
)
COMMITS: Final = Family(
    "haechi_commit_seconds",
    "histogram",
    "seconds",
    "From decided to durable: the commit of the batch, and being told of it.",
)
LOG_EVENTS: Final = Family("haechi_log_events", "gauge", "events", "Events in the log.")
LOG_BYTES: Final = Family("haechi_log_bytes", "gauge", "bytes", "Size of the log's segments.")
LOG_SEGMENTS: Final = Family("haechi_log_segments", "gauge", "files", "Segments of the log.")
UP: Final = Family(
    "haechi_up",
    "gauge",
    "1 or 0",
    "Whether a process of the installation lives: engine, store, ship, faces, monitor.",
    ("process",),
)
HEALTHY: Final = Family(
    "haechi_engine_healthy",
    "gauge",
    "1 or 0",
    "Whether the dataflow runs and the log takes commits, told within the last ten seconds.",
)
STARTS: Final = Family(
    "haechi_engine_starts",
    "gauge",
    "starts",
    "Epoch of the engine: its starts on this log, and 4294967296 more for each promotion.",
)
INTAKE: Final = Family(
    "haechi_intake_events", "gauge", "events", "Events that wait for the one writer."
)
INTAKE_LIMIT: Final = Family(
    "haechi_intake_limit_events",
    "gauge",
    "events",
    "Events that may wait before gates get a provisional answer at once.",
)
STANDBY: Final = Family(
    "haechi_standby",
    "gauge",
    "1 or 0",
    "What the standby is: none, following, synchronous (answers wait for it), or alone (they were "
    "to wait for one, and there is none that keeps up).",
    ("state",),
)
STANDBY_LAG: Final = Family(
    "haechi_standby_lag_events", "gauge", "events", "Events that the standby has not acknowledged."
)
WATCHERS: Final = Family(
    "haechi_watchers", "gauge", "streams", "Streams that wait for news of decisions right now."
)
KAFKA_READING: Final = Family(
    "haechi_kafka_reading",
    "gauge",
    "1 or 0",
    "Whether the shard reads its events from Kafka; engine-status.json says why if it does not.",
)
KAFKA_BEHIND: Final = Family(
    "haechi_kafka_behind_events",
    "gauge",
    "events",
    "Events on Kafka that the shard has yet to take.",
)
OPEN_CASES: Final = Family("haechi_open_cases", "gauge", "cases", "Cases that the core holds.")
OPEN_TASKS: Final = Family(
    "haechi_open_tasks",
    "gauge",
    "tasks",
    "Cases that wait for officers: OPEN, TAKEN, SECOND, ESCALATED.",
    ("lane", "state"),
)
STORE_CONNECTED: Final = Family(
    "haechi_store_connected", "gauge", "1 or 0", "Whether the shipper reaches the store."
)
STORE_LAG_EVENTS: Final = Family(
    "haechi_store_lag_events", "gauge", "events", "Events whose decisions are not yet in the store."
)
STORE_LAG: Final = Family(
    "haechi_store_lag_seconds", "gauge", "seconds", "For how long the store has been behind."
)
STORE_ROWS: Final = Family(
    "haechi_store_rows",
    "gauge",
    "rows",
    "Rows that the store has acknowledged, over all starts of the shipper.",
    ("table",),
)
STORE_RETRIES: Final = Family(
    "haechi_shipper_retries_total",
    "counter",
    "retries",
    "How often the shipper lost the store and began anew.",
)
FACE_PERSONS: Final = Family(
    "haechi_faces_persons", "gauge", "persons", "Persons enrolled in a gallery.", ("gallery",)
)
FACE_TEMPLATES: Final = Family(
    "haechi_faces_templates", "gauge", "templates", "Templates in a gallery.", ("gallery",)
)
FACE_COUNTS: Final = Family(
    "haechi_faces_outcomes_total",
    "counter",
    "faces",
    "What became of faces that cameras handed in; the camera is empty for the service as a whole.",
    ("camera", "outcome"),
)
FACE_UNSENT: Final = Family(
    "haechi_faces_unsent", "gauge", "events", "Matches that the engine has not acknowledged yet."
)
CPU: Final = Family(
    "haechi_process_cpu_seconds_total", "counter", "seconds", "Time on a core.", ("process",)
)
MEMORY: Final = Family(
    "haechi_process_resident_memory_bytes", "gauge", "bytes", "Resident memory.", ("process",)
)
FILES: Final = Family(
    "haechi_process_open_fds", "gauge", "files", "Open file descriptors.", ("process",)
)
STARTED: Final = Family(
    "haechi_process_start_time_seconds",
    "gauge",
    "seconds since 1970",
    "When the process started.",
    ("process",),
)

ALL: Final = (
    *(UP, HEALTHY, STARTS, EVENTS, DECISIONS, PROVISIONAL, DEAD_LETTERS, ANSWERS, COMMITS),
    *(INTAKE, INTAKE_LIMIT, OPEN_CASES, OPEN_TASKS, WATCHERS, STANDBY, STANDBY_LAG),
    *(LOG_EVENTS, LOG_BYTES, LOG_SEGMENTS),
    *(KAFKA_READING, KAFKA_BEHIND),
    *(STORE_CONNECTED, STORE_LAG_EVENTS, STORE_LAG, STORE_ROWS, STORE_RETRIES),
    *(FACE_PERSONS, FACE_TEMPLATES, FACE_COUNTS, FACE_UNSENT, CPU, MEMORY, FILES, STARTED),
)
"""All of them, in the order of the page."""


def page() -> str:
    """The table of ``docs/metrics.md``, in Markdown."""
    lines = ["| metric | type | unit | labels | what it tells |", "|---|---|---|---|---|"]
    lines += [
        f"| `{one.name}` | {one.kind} | {one.unit} | "
        f"{', '.join(f'`{label}`' for label in one.labels) or '-'} | {one.about} |"
        for one in ALL
    ]
    return "\n".join(lines) + "\n"
