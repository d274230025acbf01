"""Cost against work. Each module is a command: ``python -m benchmarks.association``; see README.md."""
