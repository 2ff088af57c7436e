"""Judging the models on dated files: each row is scored with what was known then, by the core."""
