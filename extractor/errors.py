"""The errors that a user of the extractor can cause; each message is one complete line."""


class ExtractorError(Exception):
    """Something that the caller asked for cannot be done."""


class ImageError(ExtractorError):
    """An image cannot be read, or cannot be placed in time, frequency or sky."""


class BesideError(ImageError):
    """The file beside an image, by which its noise goes, cannot be read or does not belong to it.

    Attributes
    ----------
    trouble : str
        What is the matter with which file, without the path of the image.
    """

    def __init__(self, path: str, trouble: str) -> None:
        super().__init__(path, trouble)  # as given, so that it can travel between processes
        self.trouble = trouble

    def __str__(self) -> str:
        """Return the line to show."""
        return f"{self.args[0]}: {self.trouble}"
