"""Images of one field at several timescales: bursts within short images, and sums of images."""
