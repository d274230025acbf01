"""Which sources come first: the rarest figures, and what people say of those like them."""

import numpy as np
import psycopg
import pytest

from tests.feeding import FedImage, measurements
from trapdb.classify.ranking import OF_CURVES, rank, rarity, with_labels
from trapdb.database.connection import call

SIDE, EPOCHS, ERROR = 8, 10, 0.01
RA, DEC = (axis.ravel() for axis in np.meshgrid(120 + np.arange(8.0), 6 + np.arange(8.0)))


def fed(feeder, flux, flags=None):
    """Feed fluxes, of shape (sources, epochs); what is not at 5 sigma is measured by force."""
    for epoch in range(flux.shape[1]):

        def force(image, requests, epoch=epoch):
            at = [np.hypot(RA - ra, DEC - dec).argmin() for ra, dec in
                  zip(requests.ra, requests.dec, strict=True)]  # fmt: skip
            return measurements(
                requests.ra, requests.dec, int_flux=flux[at, epoch], int_flux_err=ERROR
            )

        seen = flux[:, epoch] > 5 * ERROR
        blind = measurements(RA[seen], DEC[seen], int_flux=flux[seen, epoch], int_flux_err=ERROR)
        blind.flags[:] = 0 if flags is None else flags[seen]
        feeder.step(FedImage(blind, ra=124, dec=10), force=force)


@pytest.fixture
def sky():
    """Steady sources of all strengths with a scatter of gains; three that flare."""
    rng = np.random.default_rng(4)
    steady = np.geomspace(0.2, 5, SIDE**2)[:, None] * np.ones(EPOCHS)
    steady[:3], steady[:3, 4:6] = 0, [[0.15], [0.3], [0.2]]
    steady *= 1 + 0.05 * rng.standard_normal(steady.shape)
    return steady + ERROR * rng.standard_normal(steady.shape)


def place(conn, ranking):
    """Return of each ranked source the number of its place on the grid."""
    rows = conn.execute("select s.source_id, s.ra, s.dec from trap.running_catalogue as s")
    at = {row.source_id: np.hypot(RA - row.ra, DEC - row.dec).argmin() for row in rows.fetchall()}
    return np.array([at[one] for one in ranking.source_id])


def say(conn, source_id, rating):
    said = {"class": None, "tags": [], "note": None, "epoch": None}
    call(conn, "add_label", source_id=int(source_id), rating=rating, **said)


def test_the_rarest_light_curves_come_first_whatever_the_scatter_of_gains(conn, new_feeder, sky):
    """The brightest are 500 sigma, and vary by 25 of these, as all do."""
    fed(new_feeder(), sky)
    ranking = rank(conn, "fed")
    assert len(ranking.source_id) == SIDE**2 == np.unique(ranking.source_id).size
    assert set(place(conn, ranking)[:3]) == {0, 1, 2}
    assert ranking.anomaly.max() == 1
    assert (ranking.score == ranking.anomaly).all()
    assert "flare 1:" in ranking.reasons(0)
    assert not ranking.is_labelled.any()


def test_rarities_are_those_of_the_shares_and_their_sum_is_the_anomaly(conn, new_feeder, sky):
    fed(new_feeder(), sky)
    rows = conn.execute("select * from trap.unusual('fed') order by source_id").fetchall()
    features = conn.execute("select * from trap.feature order by source_id").fetchall()
    (gain,) = conn.execute("select * from trap.gain_scatter('fed')").fetchall()
    g = gain.gain_scatter
    f = {
        name: np.array([getattr(row, name) for row in features], float)
        for name in ("n", "peak_flux", "peak_flux_err", "median_flux", "snr_min", "eta")
    }
    part = 2 / (9 * (f["n"] - 1))
    eta = f["eta"] / (1 + (g * f["median_flux"] / f["peak_flux_err"]) ** 2)
    least = f["snr_min"] * f["peak_flux_err"]
    figures = {
        "flare": (f["peak_flux"] - f["median_flux"])
        / np.hypot(f["peak_flux_err"], g * f["peak_flux"]),
        "dip": (f["median_flux"] - least) / np.hypot(f["peak_flux_err"], g * f["median_flux"]),
        "scatter": (np.cbrt(eta) - (1 - part)) / np.sqrt(part),
        "contrast": np.array([row.contrast for row in features], float),
        "brevity": 1 - np.array([row.half_share for row in features], float),
        "smoothness": 1 - np.array([row.structure_1 for row in features], float),
    }
    total = np.zeros(len(rows))
    for name in OF_CURVES:
        values = figures[name]
        share = [np.sum(values >= one) / np.sum(~np.isnan(values)) for one in values]
        expected = np.where(np.isnan(values), 0, -np.log(share))
        assert [getattr(row, name) for row in rows] == pytest.approx(expected, abs=1e-9)
        total += expected
    assert [row.anomaly for row in rows] == pytest.approx(total / total.max())
    seen = conn.execute(
        "select * from trap.unusual_source where dataset = 'fed' order by source_id"
    ).fetchall()
    assert [row[2:] for row in seen] == [row[:10] for row in rows]


def test_what_is_like_an_artefact_goes_down_and_what_is_like_nothing_labelled_stays(
    conn, new_feeder, sky
):
    flags = np.zeros(SIDE**2, int)
    flags[:2] = 1024
    fed(new_feeder(), sky, flags)
    first = rank(conn, "fed")
    before = dict(zip(place(conn, first).tolist(), first.score.tolist(), strict=True))
    at = dict(zip(place(conn, first).tolist(), first.source_id.tolist(), strict=True))
    say(conn, at[0], "artefact")
    second = rank(conn, "fed")
    after = dict(zip(place(conn, second).tolist(), second.score.tolist(), strict=True))
    assert after[0] < 1e-3
    # as the labelled one it lies near a bright source
    assert after[1] / before[1] < after[2] / before[2] - 0.02
    assert [int(one) for one in second.source_id[second.is_labelled]] == [at[0]]
    say(conn, at[0], "real")
    third = rank(conn, "fed")
    again = dict(zip(place(conn, third).tolist(), third.score.tolist(), strict=True))
    assert again == pytest.approx(before, rel=1e-3)


def test_a_label_counts_the_less_the_farther_it_is():
    rng = np.random.default_rng(1)
    rare = rng.exponential(1, (300, 5))
    anomaly, label = rng.uniform(0, 1, 300), np.full(300, np.nan)
    assert (with_labels(rare, anomaly, label) == anomaly).all()
    label[[3, 7]] = 0, 1
    score = with_labels(rare, anomaly, label)
    assert (score <= anomaly).all()
    assert score[3] < 1e-6
    assert score[7] == pytest.approx(anomaly[7])
    distance = np.linalg.norm(rare[:, None] - rare[[3, 7]], axis=2)
    nearer = distance[:, 0] < 0.5 * distance[:, 1]
    kept = score / anomaly
    order = np.flatnonzero(nearer)[np.argsort(distance[nearer, 0])]
    assert np.corrcoef(kept[order], distance[order, 0])[0, 1] > 0.5
    # by the formula, with the distance to the nearest label and the weighted opinion
    nearest = distance.min(axis=1)
    weight = 1 / (distance**2 + 1e-6) ** 2
    opinion = weight[:, 1] / weight.sum(axis=1)
    with np.errstate(divide="ignore"):
        grown = np.tanh(np.exp(nearest / nearest.mean()) - 1 + np.arctanh(opinion))
    assert score == pytest.approx(anomaly * grown, abs=1e-7)


def test_unknown_figures_are_nothing_unusual():
    assert rarity(np.array([np.nan, 1.0, 2.0, 2.0])) == pytest.approx(
        [0, 0, np.log(1.5), np.log(1.5)]
    )
    assert (rarity(np.full(3, np.nan)) == 0).all()


def test_nothing_to_rank_is_an_empty_ranking_and_no_data_set_is_told(conn, new_feeder):
    new_feeder().blind([], [])
    ranking = rank(conn, "fed")
    assert ranking.source_id.size == ranking.score.size == len(ranking.rare) == 0
    with pytest.raises(Exception, match='there is no data set named "none"'):
        rank(conn, "none")
    with pytest.raises(psycopg.Error, match='there is no data set named "none"'):
        conn.execute("select * from trap.unusual('none')")
