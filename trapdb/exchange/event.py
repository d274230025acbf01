"""What happened to a source: a row of ``trap.event``."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """A source began, changed or ended to fulfil a watch, or what caused that is gone.

    Attributes
    ----------
    event_id : int
    kind : str
        ``initial``, ``update``, ``ended`` or ``retraction``.
    tense : str
        ``real``, or ``injected``, ``simulated`` or ``test``, which must not leave the house.
    watch : str
        Name of the watch.
    definition : str
        Definition of transients that it watches.
    conditions : sequence of mapping
        What the definition asked for then: ``column``, ``comparison`` and ``value`` of each.
    first_event_id : int or None
        The initial event of the episode; None for an initial event.
    previous_event_id : int or None
        The event of the episode before this one; of a retraction, the one that it withdraws.
    dataset, dataset_id : str, int
        Data set, its name as it was then.
    source_name, source_id : str, int
        Source, its name as it was then.
    ra, dec : float
        Weighted mean position, deg.
    position_error_arcsec : float
        Radius of the circle that holds the true position with 68 per cent, arcsec; NaN for a
        monitored position.
    band_id, stokes : int, str
        Band and Stokes parameter in which the definition is fulfilled.
    taken_at : datetime
        Time step, UTC; of a retraction, that of the event that it withdraws.
    discovered_at : datetime or None
        Time of the first blind measurement of the source, UTC; None for a monitored position.
    known_image_id : int
        Last accepted image of the time step.
    figures : mapping of str to float or str
        All columns of ``trap.definition_column``, in their units, and of the last point of the
        source in the band: ``last_peak_flux`` and ``last_peak_flux_err`` [Jy/beam],
        ``last_int_flux`` and ``last_int_flux_err`` [Jy], ``last_snr``, ``last_local_rms``
        [Jy/beam], ``last_kind`` (``blind`` or of a forced fit), ``last_measurement_id``,
        ``last_taken_at`` (ISO 8601, UTC); of its image: ``freq_eff`` and ``bandwidth`` [Hz],
        ``duration`` [s], ``beam_major``, ``beam_minor`` and ``beam_pa`` [deg]; of the position:
        ``ra_err`` and ``dec_err`` [deg]; of a new source, what had not shown it: ``limit_flux``
        [Jy/beam] and ``limit_taken_at``. What is unknown is absent.
    versions : mapping of str to str
        ``trapdb``, ``schema`` and ``definition``, a digest of its conditions.
    created_at : datetime
        When the event was written, UTC.
    """

    event_id: int
    kind: str
    tense: str
    watch: str
    definition: str
    conditions: Sequence[Mapping[str, Any]]
    first_event_id: int | None
    previous_event_id: int | None
    dataset: str
    dataset_id: int
    source_name: str
    source_id: int
    ra: float
    dec: float
    position_error_arcsec: float
    band_id: int
    stokes: str
    taken_at: datetime
    discovered_at: datetime | None
    known_image_id: int
    figures: Mapping[str, Any]
    versions: Mapping[str, str]
    created_at: datetime

    @classmethod
    def of(cls, row: Any) -> "Event":
        """Return the event of a row of ``trap.event``; numbers that are NULL become NaN."""
        values = {column.name: getattr(row, column.name) for column in fields(cls)}
        if values["position_error_arcsec"] is None:
            values["position_error_arcsec"] = math.nan
        return cls(**values)

    def figure(self, name: str) -> float:
        """Return a figure that is a number; NaN if it is unknown."""
        return float(self.figures.get(name, math.nan))
