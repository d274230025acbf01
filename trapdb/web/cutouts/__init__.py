"""Pieces of images, cut out of their files when they are asked for (SODA)."""
