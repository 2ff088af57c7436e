"""Figures for Prometheus, taken from the log and from what the processes tell about themselves."""
