"""Whether an image is good enough to be measured."""
