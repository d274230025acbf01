"""What those who touch pixels and those who ask the database hand each other: plain data."""
