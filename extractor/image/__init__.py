"""Radio images: their pixels, their place on the sky, in frequency and in time."""
