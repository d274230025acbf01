"""Watch lists and watch maps: where on the sky users want to be told of sources."""
