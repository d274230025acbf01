"""Flags: the faults that a measurement can have, one bit each."""

from enum import IntFlag


class Flag(IntFlag):
    """Bits of `Measurements.flags`; the values are stored in databases and never change meaning."""

    EDGE = 1
    """Within half a beam of the footprint's border, or blank pixels within a beam."""
    BLENDED = 2
    """Fitted or solved jointly with a neighbour, or not separable from one."""
    FIT_FAILED = 4
    """The Gaussian fit did not converge to an acceptable shape, or left the peak undetermined."""
    MOMENTS = 8
    """Position, flux and shape come from the moments of the island's pixels, not from a fit."""
    SHAPE_LIMIT = 16
    """The free shape left its bounds, so the source was fitted with the beam's shape."""
    HUGE_ISLAND = 32
    """The island exceeds the budget for fits and was measured by its moments as one source."""
    OUTSIDE = 64
    """The requested position is outside the image; nothing was measured."""
    BLANK = 128
    """The pixels at the requested position are blank, and nothing was measured; or blank pixels cut
    the source, so that its moments are those of a piece of it."""
    BAD_ERROR = 256
    """An error of the position or of a flux is not a positive finite number."""
    DOUBTFUL_NOISE = 512
    """The local noise is borrowed from elsewhere, because too few pixels around are valid; or the
    image is too small to tell how its noise is correlated."""
    NEAR_BRIGHT = 1024
    """Within ten beams of a source a hundred times as bright, so perhaps one of its sidelobes."""
    BIASED = 2048
    """Peak and integrated flux are as fitted: the amount by which noise raised them is unknown."""
    DIPOLE = 4096
    """Beside pixels of the opposite sign, half as far from zero or more: two images that do not lie
    upon each other leave that of a source that has not changed."""
