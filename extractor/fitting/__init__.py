"""Sources: found blindly or fitted at given positions."""
