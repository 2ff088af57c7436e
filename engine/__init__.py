"""The deterministic core: record layouts, the feature table, kernels, models and policy.

Nothing here reads a clock, a file, the network or a random source, and nothing here
imports another part of Haechi. Time, randomness and input arrive as arguments.
"""
