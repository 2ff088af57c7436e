"""Adapters: files of other formats as events, every row accounted for."""
