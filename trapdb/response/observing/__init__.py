"""Asking observatories to observe: can it be observed, submit, status, cancel."""
