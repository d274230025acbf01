"""Alerts: what is told to others, and what they tell us. Needs no database."""
