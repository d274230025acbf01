"""Images into the database, a time step at a time."""
