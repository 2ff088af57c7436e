"""The ingest: raw feeds on Kafka become haechi.v1 events under their subjects' keys, by Faust.

Two steps. ``feeds`` and ``routes`` read a raw message and send its event on under the name that
it came with; ``owners`` knows whom that name belongs to. Risk is never computed here.
"""
