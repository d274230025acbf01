"""Transient and variable radio sources in streams of images, catalogued in PostgreSQL."""
