"""Single data sets between databases: a folder with a file a table, and what is in them."""
