"""A real Kafka for the tests, or the reason why there is none."""

from __future__ import annotations

import os
from importlib.util import find_spec

from haechi.engine.errors import ConfigError
from haechi.streams.kafka import jars

ELSEWHERE = os.environ.get("KAFKA_BOOTSTRAP", "")
"""A Kafka that runs already; tests that restart theirs do without it."""


def missing() -> str:
    """What is not there; empty if all is."""
    for library in ("aiokafka", "confluent_kafka", "faust", "rocksdict"):
        if find_spec(library) is None:
            return f"no Kafka: no {library}: make extra-kafka"
    if ELSEWHERE:
        return ""
    try:
        jars.need_java()
    except ConfigError as error:
        return f"no Kafka: {error}"
    if name := jars.wrong_jar(jars.default_folder()):
        return f"no Kafka: no {name}: haechi kafka install"
    return ""


MISSING = missing()
if MISSING and os.environ.get("HAECHI_NEED_KAFKA") == "1":
    raise RuntimeError(f"HAECHI_NEED_KAFKA=1, but {MISSING}")
