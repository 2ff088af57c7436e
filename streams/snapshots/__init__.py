"""Snapshots: what replay would have built at an offset, so that a start need not read all again.

A snapshot is made from the log alone, by whoever reads it beside its writer, so the engine never
pauses for one. It is a convenience and never a source: what it holds can be made again from the
log, and what is not exactly what this build made of this log is left alone.
"""

from haechi.streams.snapshots.shelf import Shelf
from haechi.streams.snapshots.snapshot import Unusable

__all__ = ["Shelf", "Unusable"]
