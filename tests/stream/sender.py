"""A small imager: sends FITS images in AARTFAAC's protocol."""

import socket
import struct

import numpy as np
from astropy.io import fits

from trapdb.stream.message import MAGIC, PREAMBLE


def message(path, order="<"):
    """Make the bytes of a message of a FITS image."""
    with fits.open(path) as hdus:
        cards = hdus[0].header.tostring().encode("ascii")
        array = hdus[0].data.astype(f"{order}f4").tobytes()
    return preamble(len(cards), len(array), order) + cards + array


def preamble(n_header, n_array, order="<", magic=MAGIC):
    """Make the bytes that a message begins with."""
    return struct.pack(f"{order}QII", magic, n_header, n_array).ljust(PREAMBLE, b"\0")


def send(address, *messages):
    """Send messages over one connection."""
    with socket.create_connection(address) as connection:
        for one in messages:
            connection.sendall(one)


def pixels(path):
    """Read the pixels of an image."""
    with fits.open(path) as hdus:
        return np.array(hdus[0].data)
