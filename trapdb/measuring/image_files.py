"""Find the image files that the user names."""

import glob
import os
from collections.abc import Callable, Sequence

from trapdb.errors import InputError
from trapdb.paths import printable

SUFFIXES = (".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fits.fz")


def find_images(paths: Sequence[str]) -> list[str]:
    """Expand directories and globs into image files, each file once.

    Parameters
    ----------
    paths
        Directories (searched to the bottom for FITS files, also compressed ones, and CASA images;
        hidden ones are left out), globs that the shell left alone, files, whatever their suffix,
        planes of files, as in ``cube.fits[3]``, and URLs, also with ``*``.

    Returns
    -------
    list of str
        The files in the order of `paths`, those of a directory by name.

    Raises
    ------
    InputError
        A path leads to no image, or a directory cannot be searched.
    extractor.errors.ImageError
        A URL holds a secret, or cannot be listed.
    """
    from extractor.readers.urls import is_url

    found: dict[str, str] = {}
    for path in paths:
        files = _expand(path)
        if not files:
            raise InputError(
                f"{printable(path)}: no images here (FITS files end in {', '.join(SUFFIXES)}; CASA "
                "images are directories; name others one by one)"
            )
        for file in files:
            found.setdefault(file if is_url(file) else os.path.realpath(file), file)
    return list(found.values())


def _expand(path: str) -> list[str]:
    from extractor.readers import urls
    from extractor.readers.planes import split_plane

    if urls.is_url(path):
        return urls.expand(path)
    if os.path.isdir(path) and not _is_casa_image(path):
        return images_in(path, _refuse)
    if _exists(path) or _exists(split_plane(path)[0]):
        return [path]
    matches = sorted(glob.glob(path, recursive=True))
    if not matches:
        raise InputError(f"{printable(path)}: no such file or directory")
    # A link that leads nowhere is told of where it is read, beside the images that can be.
    return [file for match in matches for file in (_expand(match) if _exists(match) else [match])]


def _exists(path: str) -> bool:
    try:
        os.stat(path)
    except PermissionError as error:
        raise InputError(f"{printable(path)}: cannot be reached: {error.strerror}") from error
    except OSError:
        return False
    return True


def _refuse(error: OSError) -> None:
    raise InputError(
        f"{printable(error.filename)}: cannot be searched: {error.strerror} (permit it, or name "
        "what is beside it)"
    ) from error


def images_in(directory: str, onerror: Callable[[OSError], None] | None = None) -> list[str]:
    """List the image files in a directory and those below it, by name; see `find_images`.

    Directories that cannot be searched are left out; ``onerror`` is told of each.
    """
    files = []
    for folder, folders, names in os.walk(directory, onerror=onerror):
        visible = sorted(name for name in folders if not name.startswith("."))
        casa = {name for name in visible if _is_casa_image(os.path.join(folder, name))}
        folders[:] = [name for name in visible if name not in casa]
        files += [
            os.path.join(folder, name)
            for name in sorted([*names, *casa])
            if name in casa or (name.lower().endswith(SUFFIXES) and not name.startswith("."))
        ]
    return files


def _is_casa_image(path: str) -> bool:
    from extractor.readers.casa import is_image

    return is_image(path)
