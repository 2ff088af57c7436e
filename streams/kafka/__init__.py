"""Kafka: topics, keys and headers, and a real broker for tests and for trying it."""
