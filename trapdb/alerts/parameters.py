"""What an alert says of a source: names, units and UCDs of the figures that leave the house.

Units are those of VOUnits 1.0, UCDs those of UCD1+ 1.5; of a figure that is a column of a view,
both are the column's.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PEAK = "phot.flux.density.sb;em.radio"
_FLUX = "phot.flux.density;em.radio"


@dataclass(frozen=True)
class Parameter:
    """A figure as it is sent: `name` in `group`, made of the event's `figure` times `factor`."""

    group: str
    name: str
    figure: str
    unit: str
    ucd: str
    meaning: str
    factor: float = 1.0


# fmt: off
PARAMETERS = [
    Parameter("detection", "int_flux", "last_int_flux", "Jy", _FLUX, "Integrated flux density"),
    Parameter("detection", "int_flux_err", "last_int_flux_err", "Jy", f"stat.error;{_FLUX}",
              "Its error, 1 sigma"),
    Parameter("detection", "peak_flux", "last_peak_flux", "Jy/beam", _PEAK, "Peak flux density"),
    Parameter("detection", "peak_flux_err", "last_peak_flux_err", "Jy/beam",
              f"stat.error;{_PEAK}", "Its error, 1 sigma"),
    Parameter("detection", "snr", "last_snr", "", "stat.snr",
              "Peak over the local noise, of the pixel that was found"),
    Parameter("detection", "local_rms", "last_local_rms", "Jy/beam", f"instr.det.noise;{_PEAK}",
              "Noise at the place"),
    Parameter("detection", "fit", "last_kind", "", "meta.code",
              "blind: found in the image; else measured by force at the place of a known source"),
    Parameter("detection", "freq_eff", "freq_eff", "Hz", "em.freq", "Frequency"),
    Parameter("detection", "bandwidth", "bandwidth", "Hz", "instr.bandwidth", "Bandwidth"),
    Parameter("detection", "duration", "duration", "s", "time.duration;obs.exposure",
              "Length of the observation"),
    Parameter("detection", "beam_major", "beam_major", "arcsec", "phys.angSize;instr.beam",
              "Major axis of the beam, FWHM", 3600.0),
    Parameter("detection", "beam_minor", "beam_minor", "arcsec", "phys.angSize;instr.beam",
              "Minor axis of the beam, FWHM", 3600.0),
    Parameter("detection", "beam_pa", "beam_pa", "deg", "pos.posAng;instr.beam",
              "Position angle of the beam, north through east"),
    Parameter("previous", "limit_flux", "limit_flux", "Jy/beam", f"instr.sensitivity;{_PEAK}",
              "What an earlier image that does not show it would have shown at the place"),
    Parameter("previous", "limit_time", "limit_taken_at", "", "time.start;obs.exposure",
              "When that image was taken, UTC"),
    Parameter("previous", "margin", "margin_local", "", "stat.snr",
              "Peak at discovery above that limit, in the noise to which it belongs"),
    Parameter("previous", "n", "before_n", "", "meta.number;obs",
              "Points from before the discovery, measured afterwards"),
    Parameter("previous", "flux", "before_flux", "Jy/beam", f"{_PEAK};stat.mean",
              "Their weighted mean peak flux density"),
    Parameter("previous", "significance", "before_significance", "", "stat.snr;src.var",
              "How far the peak at discovery lies above that mean, in its errors"),
    Parameter("light_curve", "n", "n", "", "meta.number;obs", "Points, blind and forced"),
    Parameter("light_curve", "n_blind", "n_blind", "", "meta.number;obs",
              "Points in which it was found blindly"),
    Parameter("light_curve", "int_flux_mean", "int_flux_weighted_mean", "Jy",
              f"{_FLUX};stat.mean", "Weighted mean integrated flux density"),
    Parameter("light_curve", "peak_flux_max", "peak_flux_max", "Jy/beam", f"{_PEAK};stat.max",
              "Largest peak flux density"),
    Parameter("light_curve", "peak_flux_max_err", "peak_flux_max_err", "Jy/beam",
              f"stat.error;{_PEAK};stat.max", "Its error, 1 sigma"),
    Parameter("light_curve", "snr_max", "snr_max", "", "stat.snr;stat.max",
              "Largest S/N of a blind point"),
    Parameter("light_curve", "max_significance", "max_significance", "", "stat.snr;src.var",
              "How far the largest peak lies above the mean of all other points, in its errors"),
    Parameter("light_curve", "v_int", "v_int", "", f"src.var.index;{_FLUX}",
              "V, coefficient of variation of the integrated flux density"),
    Parameter("light_curve", "eta_int", "eta_int", "", f"stat.fit.chi2;src.var;{_FLUX}",
              "eta, reduced chi squared of the integrated flux density about its weighted mean"),
    Parameter("light_curve", "eta_int_significance", "eta_int_significance", "",
              f"stat.fit.goodness;src.var;{_FLUX}",
              "How far eta lies above what a steady source gives, in standard deviations"),
    Parameter("light_curve", "trend", "trend", "Jy/(beam.d)", f"arith.rate;{_PEAK}",
              "Slope of the peak flux density in time"),
    Parameter("light_curve", "trend_err", "trend_err", "Jy/(beam.d)",
              f"stat.error;stat.fit.param;{_PEAK}", "Its error, 1 sigma"),
    Parameter("spectrum", "spectral_index", "spectral_index", "", "spect.index;em.radio",
              "alpha of S ~ nu^alpha, of the means in its bands"),
    Parameter("spectrum", "spectral_index_err", "spectral_index_err", "",
              "stat.error;spect.index;em.radio", "Its error, 1 sigma"),
    Parameter("known", "counterparts", "reference_count", "", "meta.number",
              "Radio catalogues in which it has a counterpart"),
    Parameter("known", "separation", "reference_separation_arcsec", "arcsec", "pos.angDistance",
              "Distance of the most reliable counterpart"),
    Parameter("known", "reliability", "reference_reliability", "", "stat.probability",
              "Probability that it is the same source"),
    Parameter("known", "class", "reference_class", "", "src.class", "Its class"),
    Parameter("known", "flux_ratio", "reference_flux_ratio", "", f"{_FLUX};arith.ratio",
              "Flux density over that of the catalogue that is nearest in frequency"),
    Parameter("known", "absent_factor", "reference_absent_factor", "", f"{_FLUX};arith.ratio",
              "By how much it exceeds the limit of a catalogue that should have it and has not"),
    Parameter("known", "rating", "label_rating", "", "meta.code.qual",
              "What people said of it: real, artefact or unsure"),
    Parameter("classification", "class", "object_class", "", "src.class",
              "The likeliest class, by the classifier"),
    Parameter("classification", "probability", "class_probability", "",
              "stat.probability;src.class", "Its probability, calibrated"),
    Parameter("classification", "probability_artefact", "probability_artefact", "",
              "stat.probability", "Probability that it is an artefact, of whatever class"),
    Parameter("classification", "novelty", "class_novelty", "", "stat.value;src.class",
              "How unlike what the classifier was trained on it is; above 1, trust no class"),
    Parameter("classification", "classifier", "classifier", "", "meta.id;meta.software",
              "Name of the classifier"),
    Parameter("classification", "classifier_digest", "classifier_digest", "", "meta.checksum",
              "Its SHA-256"),
]
# fmt: on


def is_known(value: Any) -> bool:
    """Return whether a figure has a value: NaN and infinity are none that could be sent."""
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def values_of(figures: Mapping[str, Any]) -> Iterator[tuple[Parameter, float | int | str]]:
    """Yield the parameters whose figures are known, with their values in the parameter's unit."""
    for parameter in PARAMETERS:
        value: Any = figures.get(parameter.figure)
        if is_known(value):
            yield parameter, value if parameter.factor == 1 else value * parameter.factor
