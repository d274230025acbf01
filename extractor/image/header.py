"""What a FITS file says of an image that is written."""

from typing import Any

import numpy as np

from extractor.image.plane import ImagePlane

# Keyword of images that are not the sky alone; it stays in what is made of them.
INJECTED = "INJECTED"
# The keyword that names the part of a file which holds the response of its image, and its name.
RESPONSE, RESPONSE_PART = "RESPPART", "RESPONSE"


def header_of(image: ImagePlane, nx: int, ny: int) -> Any:
    """Return the FITS header of nx by ny pixels of an image: place, beam, frequency and time.

    The first pixel is that of the image until CRPIXn says otherwise.
    """
    from astropy.io import fits

    header = fits.PrimaryHDU(np.zeros((ny, nx), np.float32), image.wcs.to_header()).header
    beam = image.beam
    header["BUNIT"] = "Jy/beam"
    header["BMAJ"], header["BMIN"], header["BPA"] = beam.major, beam.minor, beam.pa
    header["RESTFRQ"] = image.freq_eff
    if np.isfinite(image.bandwidth):
        header["RESTBW"] = image.bandwidth
    header["STOKES"] = image.stokes
    header["DATE-OBS"] = image.taken_at.replace(tzinfo=None).isoformat()
    header["TIMESYS"] = "UTC"
    if np.isfinite(image.duration):
        header["EXPTIME"] = image.duration
    # a header is of printable ASCII, and not every format's names are
    header["TELESCOP"] = "".join(one if " " <= one <= "~" else "?" for one in image.telescope)
    if image.injected:
        header[INJECTED] = (True, "sources were put into the pixels")
    return header


def response_part(header: Any, image: ImagePlane) -> list[Any]:
    """Return the part of a file that holds the response of an image, and name it in the header.

    Without one there is no part.
    """
    from astropy.io import fits

    if image.response is None:
        return []
    header[RESPONSE] = (RESPONSE_PART, "part that makes the noise the same all over")
    pixels = np.asarray(image.response, np.float32)
    return [
        fits.CompImageHDU(pixels, name=RESPONSE_PART, compression_type="GZIP_2", quantize_level=0)
    ]
