"""Images of a data set less a reference of their band, as files."""
