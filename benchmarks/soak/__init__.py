"""Ingests that go on while things go wrong; see `__main__`."""
