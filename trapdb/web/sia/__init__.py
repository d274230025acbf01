"""Images by where, when and at what wavelengths they are (Simple Image Access)."""
