"""A shard's keyed state and the steps that every event takes through it.

Join, score, decide and learn are kernels over flat arrays (:mod:`haechi.operators.core` is
where they meet); admission and the Bytewax logic stand around them.
"""
