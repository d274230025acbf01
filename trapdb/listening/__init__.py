"""Alerts of others: storing them, and what follows from them."""
