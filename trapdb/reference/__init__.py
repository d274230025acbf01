"""Reference catalogues: reading the files of other surveys, and loading them."""
