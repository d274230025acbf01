"""Asynchronous jobs: rows of the archive's queue, worked by the services that share it."""
