"""Watch lists, watch maps and sky maps: where on the sky users want to be told of sources."""
