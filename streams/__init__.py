"""The edges and the wiring of a shard.

Log, sources, format adapters, sinks, the dataflow, the store, the shipper and the simulated
port. What happens in between stands in ``haechi.operators``.
"""
