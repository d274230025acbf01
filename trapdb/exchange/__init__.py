"""Plain data that the code for pixels and the code for the database exchange."""
