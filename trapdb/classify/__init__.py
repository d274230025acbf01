"""Which sources to look at first (`ranking.py`)."""
