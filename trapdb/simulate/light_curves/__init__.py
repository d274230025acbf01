"""Light curves of what is in the radio sky, and of what only looks like it.

Each kind has a name, parameters that mean something physically, and a pure function from these,
the times of images and their frequencies to flux densities, integrated over each image:

    parameters = draw_parameters("flare_star", rng, images)
    flux = light_curve("flare_star", parameters, images)

Astrophysical kinds (`CLASSES`): steady, flare_star, synchrotron (a burst that expands as van der
Laan has it), extreme_scattering, scintillation (refractive), eclipsing, single_burst, step,
rotating (pulses by rotation), long_period (pulses of changing strength, often none), moving.

What observing makes (`ARTEFACTS`): sidelobe (beside a bright source that varies), edge, blended
(a member of a blend), ionospheric (displaced in some images), bad_scale (of one image).
"""

from trapdb.simulate.light_curves.bounds import require_bounds
from trapdb.simulate.light_curves.curves import (
    ARTEFACTS,
    CLASSES,
    KINDS,
    displacement,
    draw_parameters,
    light_curve,
    own_flux,
)
from trapdb.simulate.light_curves.kind import Images, Parameters

__all__ = [
    "ARTEFACTS",
    "CLASSES",
    "KINDS",
    "Images",
    "Parameters",
    "displacement",
    "draw_parameters",
    "light_curve",
    "own_flux",
    "require_bounds",
]
