"""Labels from tables: what people say of sources, a row a source."""
