"""TAP 1.1: queries in ADQL (IVOA Recommendation, Table Access Protocol 1.1)."""
