"""The database: connections, schema, private server, and the routines that are called in it."""
