"""Level and noise of an image, and how the noise of neighbouring pixels is correlated."""
