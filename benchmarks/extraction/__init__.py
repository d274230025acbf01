"""The extractor against its goals: speed, true errors, scatter, blends, forced fits."""
