"""The one ordered log of a shard: segments on disk, hash-chained, encrypted per subject."""
