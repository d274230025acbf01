"""Ellipses and the sphere."""
