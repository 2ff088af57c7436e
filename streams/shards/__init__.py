"""Which shard an event belongs to: from its subject to a key, a partition and an owner."""
