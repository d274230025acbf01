"""Questions to an archive: each is a query in ADQL, the same however the archive is reached."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trapdb.archive import adql, images
from trapdb.archive.backend import Answer, Backend, Column
from trapdb.archive.positions import Place, cone_of, degrees_of, place_of, place_of_name, radius_of
from trapdb.archive.tables import table_of
from trapdb.errors import InputError

if TYPE_CHECKING:
    from astropy.coordinates import SkyCoord
    from astropy.nddata import CCDData
    from astropy.table import QTable
    from astropy.units import Quantity

    from trapdb.archive.curve import LightCurve

_SOURCES = "trap.running_catalogue"
# Positions have an index and names have none: what has a name after its position is looked for
# around it first. The mean may have moved away from the place of the discovery, but not so far.
_DRIFT = 0.2  # deg
# Views have no such column: methods compute it.
_SEPARATION = Column(
    name="separation",
    type="double precision",
    unit="deg",
    description="Distance from the position asked for.",
    ucd="pos.angDistance",
)


class Archive:
    """An archive of light curves, made by `connect`.

    Tables that its methods return are `~astropy.table.QTable`: with units, with descriptions and
    UCDs in the ``info`` of each column, and with unknown values masked. Data sets are named; a
    method to which none is named looks into all of them.

    Parameters
    ----------
    backend : Backend
        What answers its queries.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def __repr__(self) -> str:
        """Return where it is."""
        return f"<archive {self._backend.place}>"

    def _repr_html_(self) -> str:
        """Return where it is, and its data sets."""
        from html import escape

        place = escape(self._backend.place)
        return f"<p>archive <b>{place}</b></p>{self.datasets()._repr_html_()}"

    def query(self, text: str, *, language: str = "adql") -> "QTable":
        """Ask anything.

        Parameters
        ----------
        text
            A query in ADQL (docs/adql.md) on the views that docs/data-dictionary.md lists.
        language : {"adql", "sql"}
            ``sql`` is the SQL of PostgreSQL, for an archive that is a database: one statement, in a
            transaction that only reads.

        Returns
        -------
        QTable
            The rows. ``meta["query"]`` is the query.

        Raises
        ------
        AdqlError
            The query makes no sense, or asks for what is not there or not allowed.
        DatabaseError, ServiceError
            The server refuses the query.
        """
        if language not in ("adql", "sql"):
            raise InputError(f"there is no language {language!r}: expected 'adql' or 'sql'")
        ask = self._backend.adql if language == "adql" else self._backend.sql
        return self._table(ask(text), text)

    def datasets(self) -> "QTable":
        """Return the data sets: their names, sizes and times."""
        columns = "dataset, dataset_id, created_at, time_steps, images, last_taken_at"
        return self._select(columns, "trap.dataset", order="dataset")

    def sources(
        self,
        cone: "tuple[Any, ...] | None" = None,
        *,
        dataset: str | None = None,
        where: str | None = None,
    ) -> "QTable":
        """Return sources with their mean positions.

        Parameters
        ----------
        cone : (ra, dec, radius) or (SkyCoord, radius), optional
            Only those within a radius, nearest first, with their ``separation``. Numbers are in
            deg.
        dataset
            Only those of a data set.
        where
            Only those that meet a condition in ADQL, on columns of ``trap.running_catalogue``, as
            ``"n_blind > 10 AND NOT monitored"``.

        Returns
        -------
        QTable
            A row a source, as in ``trap.running_catalogue``.
        """
        conditions = [adql.of_dataset(dataset), adql.written(where)]
        columns, order = "*", "source_id"
        if cone is not None:
            place, radius = cone_of(cone)
            conditions.insert(0, adql.within(place, radius))
            columns = f"c.*, {adql.separation(place)} AS separation"
            order = "separation, source_id"
        found = self._select(columns, f"{_SOURCES} AS c", conditions, order)
        return self._known(found, dataset)

    def lightcurve(
        self,
        source: "str | int | SkyCoord | tuple[Any, Any]",
        *,
        dataset: str | None = None,
        radius: "float | Quantity" = 10 / 3600,
    ) -> "LightCurve":
        """Return a light curve.

        Parameters
        ----------
        source
            The name of a source, its id, or a position: a coordinate, or (ra, dec) in deg. A
            position means the nearest source there, in each data set: their points are together
            in one light curve, and column ``dataset`` tells them apart.
        dataset
            Only in this data set.
        radius
            How near to a position a source has to be; a number is in deg.

        Returns
        -------
        LightCurve
            A row a point, in the order of time, as in ``trap.lightcurve``, ``taken_at`` being
            ``time``. A forced fit that failed is a row whose fluxes are masked.

        Raises
        ------
        InputError
            There is no such source, there are several, or nothing was measured there.
        """
        from trapdb.archive.curve import LightCurve

        found = self._sources_meant(source, dataset, radius)
        ids = [int(one) for one in found["source_id"]]
        points = self._select(
            "*",
            "trap.lightcurve",
            [adql.any_of("source_id", ids)],
            "taken_at, freq_eff, stokes, measurement_id, source_id",
        )
        names = [str(one) for one in found["name"]]
        if not len(points):
            raise InputError(f"nothing was measured at {', '.join(names)} yet")
        time = points["taken_at"]
        points.remove_column("taken_at")
        datasets = [str(one) for one in found["dataset"]]
        points.meta["sources"] = list(zip(datasets, ids, names, strict=True))
        return LightCurve(points, time=time)

    def transients(
        self,
        *,
        definition: str | None = None,
        dataset: str | None = None,
        where: str | None = None,
    ) -> "QTable":
        """Return the transient and variable sources.

        Parameters
        ----------
        definition
            By a definition, one of those in ``trap.transient_definition``; by default by the
            thresholds of `trapdb transients`.
        dataset
            Only those of a data set.
        where
            Only those that meet a condition in ADQL, on columns of the table that is returned.

        Returns
        -------
        QTable
            A row a source, as in ``trap.transient_source``; with a definition a row a source, band
            and Stokes parameter, as in ``trap.transient_of_definition``.

        Raises
        ------
        InputError
            There is no such definition or data set.
        """
        conditions = [adql.of_dataset(dataset), adql.written(where)]
        if definition is None:
            found = self._select("*", "trap.transient_source", conditions, "dataset_id, source_id")
            return self._known(found, dataset)
        found = self._select(
            "*",
            "trap.transient_of_definition",
            [f"definition = {adql.text(definition)}", *conditions],
            "dataset_id, source_id, band_id, stokes",
        )
        if not len(found):
            self._require("name", "trap.transient_definition", definition, "definition")
        return self._known(found, dataset)

    def variability(self, *, dataset: str | None = None, where: str | None = None) -> "QTable":
        """Return how much each source varies in each band and Stokes parameter.

        Parameters
        ----------
        dataset
            Only the sources of a data set.
        where
            Only rows that meet a condition in ADQL, on columns of ``trap.variability``, as
            ``"eta_int_significance > 5"``.

        Returns
        -------
        QTable
            A row a source, band and Stokes parameter, as in ``trap.variability``, with the name and
            mean position of the source.
        """
        conditions = [adql.of_dataset(dataset), adql.written(where)]
        chosen = adql.select("*", "trap.variability", conditions)
        found = self._select(
            "c.name, c.ra, c.dec, v.*",
            f"({chosen}) AS v JOIN {_SOURCES} AS c ON v.source_id = c.source_id",
            order="source_id, band_id, stokes",
        )
        return self._known(found, dataset)

    def image_at(
        self,
        position: "SkyCoord | tuple[Any, Any]",
        time: Any = None,
        *,
        frequency: "float | Quantity | None" = None,
        dataset: str | None = None,
    ) -> "CCDData":
        """Return the image that covers a position, nearest in time.

        Parameters
        ----------
        position
            A coordinate, or (ra, dec) in deg.
        time
            A `~astropy.time.Time` or what it is made of; by default that of the latest image.
        frequency
            Of several images at that time the nearest in frequency; a number is in Hz. By default
            the lowest. Of several Stokes parameters it is I.
        dataset
            Only images of a data set.

        Returns
        -------
        CCDData
            Its pixels, with unit and coordinates; ``meta`` is its row in ``ivoa.obscore``.

        Raises
        ------
        InputError
            There is no such image.
        ImageLost, ServiceError
            Its file is gone or has changed, or the service does not give it.
        """
        return self._pixels(place_of(position), None, time, frequency, dataset)

    def cutout(
        self,
        position: "SkyCoord | tuple[Any, Any]",
        size: "float | Quantity",
        time: Any = None,
        *,
        frequency: "float | Quantity | None" = None,
        dataset: str | None = None,
    ) -> "CCDData":
        """Return a square about a position, out of the image that `image_at` returns.

        Parameters
        ----------
        position
            Its middle: a coordinate, or (ra, dec) in deg.
        size
            Its side; a number is in deg.
        time, frequency, dataset
            As in `image_at`, which also tells what is returned and raised.
        """
        side = degrees_of(size, "size")
        if not 0 < side <= 180:
            raise InputError(f"a size of {side:g} deg is none: expected more than 0, up to 180 deg")
        return self._pixels(place_of(position), side, time, frequency, dataset)

    def _pixels(
        self, place: Place, size: float | None, time: Any, frequency: Any, dataset: str | None
    ) -> "CCDData":
        """Return the image of a place, or a piece of it."""
        text = images.covering(place, time, frequency, dataset)
        found = self._known(self._table(self._backend.adql(text), text), dataset)
        if not len(found):
            where = "the archive" if dataset is None else dataset
            raise InputError(f"{where} has no image of {place.ra:g} {place.dec:+g}")
        found.remove_columns(["time_gap", "frequency_gap"])
        facts = {name: found[name][0] for name in found.colnames}
        pixels = self._backend.pixels(facts, place, size)
        return images.as_ccd(pixels, facts)

    def _sources_meant(self, source: Any, dataset: str | None, radius: Any) -> "QTable":
        """Return the sources that a name, an id or a position means."""
        from numbers import Integral

        columns, of_dataset = "dataset, source_id, name, ra, dec", adql.of_dataset(dataset)
        if isinstance(source, Integral):
            found = self._select(
                columns, _SOURCES, [adql.any_of("source_id", [int(source)]), of_dataset]
            )
            called = f"with id {source}"
        elif isinstance(source, str):
            found = self._named(columns, source, of_dataset)
            called = f"named {source}"
            if len(found) > 1:
                told = ", ".join(f"{row['source_id']} in {row['dataset']}" for row in found)
                raise InputError(f"there are several sources {called}: give an id, {told}")
        else:
            place, limit = place_of(source), radius_of(radius)
            found = self._nearest(columns, place, limit, of_dataset)
            called = f"within {limit * 3600:g} arcsec of {place.ra:g} {place.dec:+g}"
        if not len(found):
            self._known(found, dataset)
            where = "the archive" if dataset is None else dataset
            raise InputError(f"{where} has no source {called}")
        return found

    def _named(self, columns: str, name: str, of_dataset: str | None) -> "QTable":
        """Return the sources of a name: those near the place that it tells, if it tells one."""
        conditions = [f"name = {adql.text(name)}", of_dataset]
        place = place_of_name(name)
        if place is not None:
            near = [adql.within(place, _DRIFT), *conditions]
            found = self._select(columns, _SOURCES, near, "source_id")
            if len(found):
                return found
        return self._select(columns, _SOURCES, conditions, "source_id")

    def _nearest(
        self, columns: str, place: Place, radius: float, of_dataset: str | None
    ) -> "QTable":
        """Return the nearest source to a place in each data set."""
        near = self._select(
            f"{columns}, {adql.separation(place)} AS separation",
            _SOURCES,
            [adql.within(place, radius), of_dataset],
            "separation, source_id",
        )
        first: dict[str, int] = {}
        for number, name in enumerate(near["dataset"]):
            first.setdefault(str(name), number)
        return near[list(first.values())]

    def _select(
        self,
        columns: str,
        table: str,
        conditions: Sequence[str | None] = (),
        order: str | None = None,
    ) -> "QTable":
        text = adql.select(columns, table, conditions, order)
        answer = self._backend.adql(text)
        told = [_SEPARATION if one.name == _SEPARATION.name else one for one in answer.columns]
        return self._table(replace(answer, columns=told), text)

    def _table(self, answer: Answer, query: str) -> "QTable":
        meta = {"archive": self._backend.place, "query": query}
        return table_of(answer, meta)

    def _known(self, found: "QTable", dataset: str | None) -> "QTable":
        """Return a table, unless it is empty because there is no such data set."""
        if not len(found) and dataset is not None:
            self._require("dataset", "trap.dataset", dataset, "data set")
        return found

    def _require(self, column: str, table: str, name: str, what: str) -> None:
        """Refuse a name that is not there."""
        there = [str(one) for one in self._select(column, table, order=column)[column]]
        if name not in there:
            shown = ", ".join(there[:10]) + (", ..." if len(there) > 10 else "")
            raise InputError(f"there is no {what} {name}; there are: {shown or 'none'}")
