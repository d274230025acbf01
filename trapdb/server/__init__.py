"""Servers: the private one, PostgreSQL as it is installed here, and access by role to any."""
