"""Models from the log: checkpoints, refits, their cards, and what was promoted when."""
