"""The configuration: its keys, and the file from which it is read."""
