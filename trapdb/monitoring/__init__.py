"""Lists of positions to monitor."""
