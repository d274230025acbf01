"""Data sets as HATS collections: catalogues in pixels of the sky, for LSDB and DuckDB."""
