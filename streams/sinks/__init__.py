"""Where committed batches go: replies, the shipper, watchers, dead letters."""
