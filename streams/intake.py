"""Moved: see haechi.operators.intake (temporary re-export)."""

from haechi.operators.intake import (  # noqa: F401
    Completion,
    Decoded,
    Entry,
    Intake,
    Outcome,
    Overloaded,
    Refusal,
    ReplySlot,
)
