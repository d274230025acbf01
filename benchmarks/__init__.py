"""Cost against work: each module is a command, see README.md."""
