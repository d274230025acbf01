"""Ingest images into the database, one time step at a time."""
