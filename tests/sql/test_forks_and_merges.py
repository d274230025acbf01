"""Sources that fork, that share a measurement, and that are entangled.

Where the original makes a new source of every branch of a fork, the nearest branch keeps the id
here; where it copies the light curve to every branch, a branch inherits it. So its types read: 2 is
`fork`; 6 is what stands before it, own or inherited (*); 3 is one_to_one, or many_to_one where the
measurement is shared. Where it gives up at an exact tie, the lower source id and then the lower
measurement id wins here.
"""

import pytest

from tests.feeding import nothing_there
from tests.sql.catalogue import (
    ERR,
    aggregates,
    close,
    curve,
    fit,
    image,
    kinds,
    offset,
    radii,
    sources,
    variability,
)
from trapdb.database.ids import measurement_id

WEST_EAST = offset([-20, 20], 1800)  # declination 10.5


def state(feeder):
    """For each source: offset of its mean from RA 123 [arcsec], blind points, kinds of points."""
    return [
        (round((s.ra - 123) * 3600, 4), s.n_blind, kinds(feeder, s.source_id))
        for s in sources(feeder)
    ]


def test_a15_one_source_forks_into_two(original):
    feeder = original()
    feeder.see(fit(123.1235, 10.55), fit([123.12349, 123.12351], [10.549, 10.551]))
    south, north = sources(feeder)
    # the second branch is the nearer one, if only by 4e-11; it keeps the id
    if south.dec > north.dec:
        south, north = north, south
    assert (south.ra, south.dec) == close((123.123495, 10.5495), rel=1e-10)
    assert (north.ra, north.dec) == close((123.123505, 10.5505), rel=1e-10)
    founding = curve(feeder, min(south.source_id, north.source_id))[0].measurement_id
    for branch, r in [(south, 0.113847496933), (north, 0.113847496897)]:
        points = curve(feeder, branch.source_id)
        assert points[0].measurement_id == founding
        assert points[0].association == "new"
        assert points[1].association == "fork"
        assert points[1].de_ruiter_radius == close(r)
        assert branch.n_blind == 2
        assert branch.ra_err * 3600 == close(15.8113883008)
        flux = variability(feeder, branch.source_id)
        assert (flux.n, flux.v_int, flux.eta_int) == (2, 0, 0)


def test_a16_two_sources_merge_into_one_measurement(original):
    feeder = original()
    feeder.see(fit([122.985, 123.015], [10.5] * 2), fit(123.0, 10.5))
    for source, ra in zip(sources(feeder), (122.9925, 123.0075), strict=True):
        assert (source.n_blind, source.ra) == (2, close(ra))
        assert kinds(feeder, source.source_id) == ["new", "many_to_one"]
        point = curve(feeder, source.source_id)[1]
        assert point.de_ruiter_radius == close(1.67903551536)
        assert point.separation_arcsec == close(53.0957650034)


def test_a17_entangled_pairs_leave_one_source_alone_and_fork_the_other(original):
    feeder = original()
    feeder.see(WEST_EAST, offset(1, [1820, 1780]))
    west, east, south = sources(feeder)
    assert kinds(feeder, west.source_id) == ["new"]
    # the branch to the north is nearer by 2e-5: it keeps the id
    assert (east.ra, east.dec) == close((123.002916667, 10.5027777778), rel=1e-8)
    assert (south.ra, south.dec) == close((123.002916667, 10.4972222222), rel=1e-8)
    assert kinds(feeder, east.source_id) == ["new", "fork"]
    assert kinds(feeder, south.source_id) == ["new*", "fork"]
    assert radii(feeder, east.source_id)[1] == close(1.9352066997)
    assert radii(feeder, south.source_id)[1] == close(1.93522290482)


def test_a18_entangled_pairs_fall_into_two(original):
    feeder = original()
    feeder.see(WEST_EAST, offset([1, -1], [1820, 1780]))
    west, east = sources(feeder)
    assert (west.ra, west.dec) == close((122.997083333, 10.4972222222), rel=1e-8)
    assert (east.ra, east.dec) == close((123.002916667, 10.5027777778), rel=1e-8)
    for source, r in [(west, 1.93522290482), (east, 1.9352066997)]:
        assert kinds(feeder, source.source_id) == ["new", "one_to_one"]
        assert radii(feeder, source.source_id)[1] == close(r)


def test_a19_a_square_of_pairs_falls_to_one_source(original):
    """An exact tie to the original, which gives up. On the sphere the sides differ by 1e-9."""
    feeder = original()
    feeder.see(WEST_EAST, offset(0, [1820, 1780]))
    points = feeder.conn.execute(
        "select measurement_id from trap.lightcurve where association = 'fork'"
    ).fetchall()
    assert len(points) == len(set(points)) == 2
    assert sorted(s.n_blind for s in sources(feeder)) == [1, 2, 2]


def test_a19_an_exact_tie_goes_to_the_lower_source_id(original):
    """Sources north and south of the equator, measurements on it: a tie to the last bit."""
    feeder = original()
    feeder.see(fit([10, 10], [0.008, -0.008]), fit([9.992, 10.008], [0, 0]), ra=10.0, dec=0.0)
    first, second, branch = sources(feeder)
    assert kinds(feeder, first.source_id) == ["new", "fork"]
    assert kinds(feeder, second.source_id) == ["new"]
    assert kinds(feeder, branch.source_id) == ["new*", "fork"]


def test_equally_near_branches_the_lower_measurement_id_keeps_the_source(original):
    feeder = original()
    feeder.see(fit(10, 0), fit([10, 10], [0.008, -0.008]), ra=10.0, dec=0.0)
    kept, branch = sources(feeder)
    assert radii(feeder, kept.source_id)[1] == radii(feeder, branch.source_id)[1]
    assert (kept.dec > 0, branch.dec < 0) == (True, True)


def test_e01_a_partial_chain_uses_a_measurement_twice(original):
    """A matches both measurements, B the second one only: that pair stands, A being farther."""
    feeder = original()
    feeder.see(offset([-40, 50]), offset([-60, 2]))
    assert state(feeder) == [
        (-50.0, 2, ["new", "fork"]),
        (26.0, 2, ["new", "many_to_one"]),
        (-19.0, 2, ["new*", "fork"]),
    ]
    a, b, branch = sources(feeder)
    assert radii(feeder, a.source_id)[1] == close(1.39272848064)
    assert radii(feeder, b.source_id)[1] == close(3.34254835354)
    assert radii(feeder, branch.source_id)[1] == close(2.92472980934)


def test_e02_a_chain_is_cut_where_it_is_longest(original):
    feeder = original()
    feeder.see(offset([-25, 25]), offset([-60, 3, 60]))
    assert state(feeder) == [
        (-42.5, 2, ["new", "one_to_one"]),
        (14.0, 2, ["new", "fork"]),
        (42.5, 2, ["new*", "fork"]),
    ]
    a, b, branch = sources(feeder)
    assert radii(feeder, a.source_id)[1] == close(2.43727484112)
    assert radii(feeder, b.source_id)[1] == close(1.5320013287)
    assert radii(feeder, branch.source_id)[1] == close(2.43727484112)


def test_e03_two_sources_and_three_measurements_all_linked(original):
    feeder = original()
    feeder.see(offset([-5, 5]), offset([-20, 1, 20]))
    assert state(feeder) == [
        (-12.5, 2, ["new", "one_to_one"]),
        (3.0, 2, ["new", "fork"]),
        (12.5, 2, ["new*", "fork"]),
    ]
    a, b, branch = sources(feeder)
    assert radii(feeder, a.source_id)[1] == close(1.04454636048)
    assert radii(feeder, b.source_id)[1] == close(0.278545696125)
    assert radii(feeder, branch.source_id)[1] == close(1.04454636048)


def test_e04_three_sources_and_two_measurements_all_linked(original):
    feeder = original()
    feeder.see(offset([-10, 0, 10]), offset([-4, 6]))
    assert state(feeder) == [
        (-10.0, 1, ["new"]),
        (-2.0, 2, ["new", "one_to_one"]),
        (8.0, 2, ["new", "one_to_one"]),
    ]
    for source in sources(feeder)[1:]:
        assert radii(feeder, source.source_id)[1] == close(0.278545696129)


def test_e05_a_fork_whose_branches_merge_again(original):
    feeder = original()
    feeder.see(offset(0), offset([-10, 10]), offset(0))
    kept, branch = sources(feeder)
    assert kinds(feeder, kept.source_id) == ["new", "fork", "many_to_one"]
    assert kinds(feeder, branch.source_id) == ["new*", "fork", "many_to_one"]
    assert sorted((s.ra - 123) * 3600 for s in (kept, branch)) == close([-10 / 3, 10 / 3])
    for source in sources(feeder):
        assert radii(feeder, source.source_id)[1:] == close([0.696364240321, 0.402046081601])
        assert source.ra_err * 3600 == close(5.7735026919)


def test_f2_the_branches_of_a_fork_go_on_from_the_flux_before_it(original):
    feeder = original()
    feeder.see(
        fit(123.1235, 10.55, int_flux=3.0, int_flux_err=0.5, peak_flux=1.5),
        fit([123.1235, 123.1235 + 100 / 3600], [10.55] * 2, int_flux=[3.2, 3.4], int_flux_err=0.5,
            peak_flux=[1.6, 1.9]),
    )  # fmt: skip
    near, far = sources(feeder)
    assert aggregates(feeder, near.source_id) == [3.1, 9.62, 4, 12.4, 38.48]
    assert aggregates(feeder, near.source_id, "peak") == [1.55, 2.405, 4, 6.2, 9.62]
    assert aggregates(feeder, far.source_id) == [3.2, 10.28, 4, 12.8, 41.12]
    assert aggregates(feeder, far.source_id, "peak") == [1.7, 2.93, 4, 6.8, 11.72]
    for branch, v, eta, r in [
        (near, 0.0456197923346, 0.08, 0),
        (far, 0.0883883476483, 0.32, 3.10882094597),
    ]:
        flux = variability(feeder, branch.source_id)
        assert (flux.v_int, flux.eta_int) == close((v, eta))
        assert radii(feeder, branch.source_id)[1] == close(r)


def test_f3_a_merged_measurement_counts_at_full_flux_in_each_source(original):
    feeder = original()
    feeder.see(
        fit([123.1235, 123.1235 + 100 / 3600], [10.55] * 2, int_flux=[3.2, 3.4], int_flux_err=0.5),
        fit(123.1235, 10.55, int_flux=3.0, int_flux_err=0.5),
    )
    near, far = sources(feeder)
    assert aggregates(feeder, near.source_id) == [3.1, 9.62, 4, 12.4, 38.48]
    assert aggregates(feeder, far.source_id) == [3.2, 10.28, 4, 12.8, 41.12]
    assert kinds(feeder, near.source_id) == kinds(feeder, far.source_id) == ["new", "many_to_one"]
    assert radii(feeder, far.source_id)[1] == close(3.10882094597)


@pytest.fixture
def entangled(original):
    """The geometries of a17 and a18 with fluxes: west 3.2, east 3.0; then north 3.3, south 2.9."""

    def feed(south_east):
        feeder = original()
        err = {"int_flux_err": 0.1, "ra_err": ERR, "dec_err": ERR}
        feeder.see(
            offset([-20, 20], 1800, int_flux=[3.2, 3.0], **err),
            offset([1, south_east], [1820, 1780], int_flux=[3.3, 2.9], **err),
        )
        return feeder

    return feed


def test_f4_fluxes_of_an_entangled_fork(entangled):
    feeder = entangled(1)
    west, north, south = sources(feeder)
    assert aggregates(feeder, west.source_id) == [3.2, 10.24, 100, 320, 1024]
    for branch, mean, v, eta, r in [
        (north, 3.15, 0.0673435029701, 4.5, 0.86545074621),
        (south, 2.95, 0.0239697213962, 0.5, 0.865457993357),
    ]:
        flux = variability(feeder, branch.source_id)
        assert (flux.int_flux_mean, flux.v_int, flux.eta_int) == close((mean, v, eta))
        assert radii(feeder, branch.source_id)[1] == close(r)


def test_f5_fluxes_of_entangled_pairs_that_fall_into_two(entangled):
    feeder = entangled(-1)
    west, east = sources(feeder)
    for source, mean, v, eta in [
        (west, 3.05, 0.0695514866741, 4.5),
        (east, 3.15, 0.0673435029701, 4.5),
    ]:
        flux = variability(feeder, source.source_id)
        assert (flux.int_flux_mean, flux.v_int, flux.eta_int) == close((mean, v, eta))


def test_b2_b3_a_fork_in_one_band_keeps_the_history_of_the_other(original):
    """The original begins anew at 150 MHz: n = 1 and mean 1.2."""
    feeder = original(de_ruiter_limit=5.68, beam_limit=3.0)
    low, high = {"freq_eff": 50e6}, {"freq_eff": 150e6}
    err = {"int_flux_err": 0.1}
    feeder.step(
        image(fit(123, 10, int_flux=2.0, **err), **low),
        image(fit(123, 10, int_flux=1.0, **err), **high),
        force=None,
    )
    fork = fit([122.9998, 123.0002], [9.999, 10.001], int_flux=[2.2, 2.4], **err)
    feeder.see(fork, **low)
    south, north = sorted(sources(feeder), key=lambda source: source.dec)
    for branch, mean, v, eta in [
        (south, 2.1, 0.0673435029701, 2),
        (north, 2.2, 0.128564869307, 8),
    ]:
        flux = variability(feeder, branch.source_id, 50e6)
        assert (flux.n, flux.int_flux_mean, flux.v_int, flux.eta_int) == close((2, mean, v, eta))
        assert variability(feeder, branch.source_id, 150e6).n == 1
    feeder.see(fit(123, 10, int_flux=1.2, **err), **high)
    for branch in sources(feeder):
        flux = variability(feeder, branch.source_id, 150e6)
        assert (flux.n, flux.int_flux_mean) == close((2, 1.1))
        assert branch.n_blind == 4


def test_b4_a_new_source_that_forks_is_one_new_source(original):
    """The original enters it once for each branch; here it stays with the one that keeps the id."""
    feeder = original(de_ruiter_limit=5.68, beam_limit=3.0)
    feeder.see(fit([], []), fit(123, 10), fit([122.9998, 123.0002], [9.999, 10.001]))
    new = feeder.conn.execute("select source_id from trap.new_source").fetchall()
    assert [row.source_id for row in new] == [sources(feeder)[0].source_id]


def test_p9_a_source_and_a_copy_one_arcmin_beside_it(original):
    """Both branches stay expected wherever the field is imaged again."""
    feeder = original(de_ruiter_limit=3.7)
    feeder.see(fit(123, 10), fit([123, 123 + 60 / 3600], [10, 10]))
    kept, branch = sources(feeder)
    assert (radii(feeder, kept.source_id)[1], radii(feeder, branch.source_id)[1]) == close(
        (0, 1.86854133415)
    )
    feeder.step(image(fit([], [])))
    (requests,) = feeder.requests
    assert requests.source_id.tolist() == [kept.source_id, branch.source_id]


def test_the_nearest_branch_keeps_the_id_and_the_others_are_named_after_their_measurement(original):
    feeder = original()
    feeder.see(offset(0))
    (before,) = sources(feeder)
    (image_id,) = feeder.see(offset([20, -7, 12]))
    first = measurement_id(image_id, 0)
    assert [s.source_id for s in sources(feeder)] == [before.source_id, first, first + 2]
    assert state(feeder)[0] == (-3.5, 2, ["new", "fork"])
    assert sources(feeder)[0].name == before.name
    assert sources(feeder)[1].name != before.name


def test_a_branch_of_a_branch_inherits_from_all_its_ancestors(original):
    """Light curves: what came after a fork belongs to one branch only."""
    feeder = original()
    feeder.see(offset(0), offset([0, 35]), offset([0, 35]), offset([0, 28, 52]), offset(-20))
    kept, branch, second = sources(feeder)
    assert kinds(feeder, kept.source_id) == [
        "new",
        "fork",
        "one_to_one",
        "one_to_one",
        "one_to_one",
    ]
    assert kinds(feeder, branch.source_id) == ["new*", "fork", "one_to_one", "fork"]
    assert kinds(feeder, second.source_id) == ["new*", "fork*", "one_to_one*", "fork"]
    for source in sources(feeder):
        assert source.n_blind == len(curve(feeder, source.source_id))
        assert variability(feeder, source.source_id).n == source.n_blind
        assert source.first_seen == curve(feeder, source.source_id)[0].taken_at


def test_no_light_curve_point_is_copied(original):
    feeder = original()
    feeder.see(*[offset(0)] * 5, offset([0, 20]))
    (count,) = feeder.conn.execute("select count(*) from trap_data.association").fetchone()
    assert count == 7


def test_a_source_forks_and_merges_with_its_neighbour_in_one_image(original):
    """A fork's point that is also another source's: counted in each."""
    feeder = original()
    feeder.see(offset([-40, 50]), offset([-60, 2]))
    shared = feeder.conn.execute(
        "select measurement_id, count(*) from trap.lightcurve group by 1 having count(*) > 1"
        " order by 1"
    ).fetchall()
    # the founding point of A, inherited by the branch; and x2
    assert [row.count for row in shared] == [2, 2]


def test_p1_a_fork_in_a_later_band_does_not_upset_the_forced_fits_of_an_earlier_one(original):
    """The original asks before the later band is associated, and the step fails.

    Here all bands are associated first. The branch that keeps the id was known before this time
    step and is measured in the band without it; the other branch, from the next time step on.
    """
    feeder = original(de_ruiter_limit=5.68, beam_limit=3.0)
    feeder.see(fit(123, 10), freq_eff=50e6)
    feeder.step(
        image(fit([], []), freq_eff=50e6),
        image(fit([122.9998, 123.0002], [9.999, 10.001]), freq_eff=150e6),
    )
    kept, branch = (source.source_id for source in sources(feeder))
    assert [r.source_id.tolist() for r in feeder.requests] == [[kept], []]
    assert kinds(feeder, kept) == ["new", "null_detection", "fork"]
    # what became known with the fork is not inherited
    assert kinds(feeder, branch) == ["new*", "fork"]
    assert variability(feeder, kept, 50e6).n == 2
    assert variability(feeder, branch, 50e6).n == 1
    feeder.step(image(fit([], []), freq_eff=50e6))
    assert feeder.requests[0].source_id.tolist() == [kept, branch]


def test_forced_points_before_a_fork_are_inherited_and_those_after_it_are_not(original):
    feeder = original(de_ruiter_limit=5.68, beam_limit=3.0)
    feeder.see(fit(123, 10))
    feeder.step(image(fit([], [])), force=nothing_there)
    feeder.step(image(fit([122.9998, 123.0002], [9.999, 10.001])), force=None)
    feeder.step(image(fit([], [])), force=nothing_there)
    kept, branch = sources(feeder)
    assert kinds(feeder, kept.source_id) == ["new", "null_detection", "fork", "null_detection"]
    assert kinds(feeder, branch.source_id) == ["new*", "null_detection*", "fork", "null_detection"]
    assert (branch.n_blind, branch.n_forced) == (2, 2)
    forced = curve(feeder, branch.source_id)[-1].measurement_id
    assert forced not in [p.measurement_id for p in curve(feeder, kept.source_id)]


def test_many_branches_of_one_source(original):
    feeder = original()
    feeder.see(offset(0), offset([0, 12, 24, 36, -12, -24, -36]))
    found = sources(feeder)
    assert len(found) == 7
    assert [kinds(feeder, s.source_id) for s in found[1:]] == [["new*", "fork"]] * 6
    assert [s.ra for s in found] == close(
        [123 + east / 7200 for east in (0, 12, 24, 36, -12, -24, -36)]
    )
