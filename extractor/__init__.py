"""Measure compact sources in radio images."""
