"""``python -m trapdb``: the command line, where the command itself is not on the path."""

from trapdb.cli import main

if __name__ == "__main__":
    main()
