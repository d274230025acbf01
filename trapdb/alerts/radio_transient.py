"""Events as JSON, in the form of ``schema/radio-transient.schema.json``."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from trapdb.alerts.author import Author
from trapdb.alerts.parameters import is_known
from trapdb.alerts.voevent import Citation, ivorn_of, judgement, links, shortened, summary
from trapdb.exchange.event import Event

SCHEMA = "urn:trapdb:radio-transient:1"
# Images older than this, when the event is written, are of an archive.
RECENT = timedelta(days=1)
# GCN has subsequent alerts for later detections, and updates for further analysis of the first one.
_TYPES = {"update": "subsequent", "ended": "subsequent"}
_TENSES = {"injected": "injection", "simulated": "test", "test": "test"}
_FIGURES = {
    "observation_livetime": "duration",
    "image_snr": "last_snr",
    "frequency": "freq_eff",
    "bandwidth": "bandwidth",
    "timescale": "duration",
    "flux": "last_int_flux",
    "flux_error": "last_int_flux_err",
    "peak_flux": "last_peak_flux",
    "peak_flux_error": "last_peak_flux_err",
    "local_rms": "last_local_rms",
    "spectral_index": "spectral_index",
    "spectral_index_error": "spectral_index_err",
    "circular_polarisation": "circular_fraction",
    "circular_polarisation_significance": "circular_significance",
}
_GROUPS = {
    "beam": {"major": "beam_major", "minor": "beam_minor", "pa": "beam_pa"},
    "light_curve": {
        "n": "n",
        "n_detections": "n_blind",
        "peak_flux_max": "peak_flux_max",
        "v": "v_int",
        "eta": "eta_int",
    },
    "reference": {
        "absent_factor": "reference_absent_factor",
        "counterparts": "reference_count",
        "class": "reference_class",
        "flux_ratio": "reference_flux_ratio",
    },
}


def radio_transient(event: Event, author: Author, cites: Sequence[Citation] = ()) -> dict[str, Any]:
    """Return an event as JSON has it: of the same arguments, the same.

    Parameters
    ----------
    event : Event
    author : Author
    cites : sequence of Citation
        Alerts of which it speaks.
    """
    figures = event.figures
    said: dict[str, Any] = {
        "$schema": SCHEMA,
        "id": ivorn_of(event, author),
        "event_name": event.source_name,
        "alert_datetime": _iso(event.created_at),
        "alert_tense": _tense(event, author),
        "alert_type": _TYPES.get(event.kind, event.kind),
        "mission": author.observatory,
        "messenger": "EM",
        "trigger_time": _iso(event.taken_at),
        "ra": event.ra,
        "dec": event.dec,
        "additional_info": summary(event),
        "kind": event.kind,
        "cites": [{"id": one.ivorn, "as": one.kind} for one in shortened(cites)],
        "definition": {"name": event.definition, "conditions": judgement(event)},
        "dataset": event.dataset,
        "source_id": str(event.source_id),
        "stokes": event.stokes,
        "versions": dict(event.versions),
        **_known(figures, _FIGURES),
        **{name: group for name, of in _GROUPS.items() if (group := _known(figures, of))},
    }
    if event.discovered_at is not None:
        said["discovery_time"] = _iso(event.discovered_at)
    if is_known(event.position_error_arcsec):
        said["ra_dec_error"] = event.position_error_arcsec / 3600
        said |= {"containment_probability": 0.68, "systematic_included": True}
    if "last_kind" in figures:
        said["is_detection"] = figures["last_kind"] == "blind"
    if "last_taken_at" in figures:
        said["observation_start"] = _iso(datetime.fromisoformat(figures["last_taken_at"]))
    if {"frequency", "bandwidth"} <= said.keys():
        middle, half = said["frequency"] / 1e6, said["bandwidth"] / 2e6
        said |= {"spectral_band": [middle - half, middle + half], "spectral_band_units": "MHz"}
    if is_known(figures.get("limit_flux")):
        said["previous_limit"] = {"peak_flux": figures["limit_flux"]}
        if "limit_taken_at" in figures:
            taken_at = datetime.fromisoformat(figures["limit_taken_at"])
            said["previous_limit"]["time"] = _iso(taken_at)
    if "reference" in said:
        said["reference"]["is_absent"] = "absent_factor" in said["reference"]
        if is_known(figures.get("reference_separation_arcsec")):
            said["reference"]["separation"] = figures["reference_separation_arcsec"] / 3600
    if told := _probabilities(figures):
        said["classification"] = told
    if author.archive:
        addresses = links(event, author)
        said["data_archive_page"] = addresses["source"]
        said.setdefault("light_curve", {})["url"] = addresses["light_curve"]
        if "stamp" in addresses:
            said["stamps"] = [{"media_type": "image/fits", "url": addresses["stamp"]}]
    return said


def _known(figures: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {ours: figures[of] for ours, of in names.items() if is_known(figures.get(of))}


def _probabilities(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return the probabilities of the classes of a classifier, by class."""
    if "classifier" not in figures:
        return {}
    head = "probability_"
    return {
        name.removeprefix(head): value
        for name, value in figures.items()
        if name.startswith(head) and name != "probability_artefact" and is_known(value)
    }


def _tense(event: Event, author: Author) -> str:
    if author.rehearsal:
        return "test"
    recent = event.created_at - event.taken_at < RECENT
    return _TENSES.get(event.tense, "current" if recent else "archival")


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
