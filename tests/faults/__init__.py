"""Faults: real workers, clocks, brokers and databases, one of which fails in the middle of 500 pulls."""
