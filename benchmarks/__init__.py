"""How fast it is, measured the same way every time: ``python -m benchmarks NAME``."""
