"""The errors that a user of the extractor can cause; each message is one complete line."""


class ExtractorError(Exception):
    """Something that the caller asked for cannot be done."""


class ImageError(ExtractorError):
    """An image cannot be read, or cannot be placed in time, frequency or sky."""
