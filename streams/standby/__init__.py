"""A second copy of the log that can stand in: shipped, proved, waited for, promoted."""
