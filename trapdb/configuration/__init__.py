"""The configuration: its keys, and the file that it is read from."""
