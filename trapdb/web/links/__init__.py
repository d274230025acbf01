"""What is linked to images and light curves (DataLink)."""
