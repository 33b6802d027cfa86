"""Measurements: `bin/bench NAME` prints one line of JSON. Ratios are measured within one run."""
