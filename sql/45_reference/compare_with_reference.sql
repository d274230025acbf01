-- How far the measurements of an image lie off a reference catalogue, and by which factor their fluxes do. Those of 10 sigma or more: of
-- weaker ones only those are found that noise made brighter. A pair counts if neither has another counterpart within the combined
-- beam, and the two are within half of it.
-- Where an image lies off by more than that, the pairs say so: every pair of a measurement and a reference source within five beams is a
-- vote for an offset. Offsets that chance does not make as frequent are those of the image, and pairs are looked for around them.
-- Offsets are those of a turn of the whole image, told as east and north at its centre: far from there, and next to a pole, the
-- directions at the sources are others.
-- reads: trap_data.reference_source, trap_data.reference_catalogue
-- writes: nothing
create function trap.compare_with_reference(
    p_catalogue_id integer, p_spectral_index_min double precision, p_spectral_index_max double precision,
    p_taken_at timestamptz, p_ra_0 double precision, p_dec_0 double precision, p_beam_major double precision, p_freq_eff double precision,
    p_ra double precision[], p_dec double precision[], p_int_flux double precision[], p_int_flux_err double precision[]
) returns trap.catalogue_comparison
language plpgsql stable parallel safe
set search_path from current
set plan_cache_mode = force_custom_plan
-- from the measurements to the catalogue's index, whatever is believed about their numbers
set enable_seqscan = off
set enable_mergejoin = off
-- what is disabled costs so much in the estimate that the plan would be compiled
set jit = off
as $$
declare
    v_catalogue trap_data.reference_catalogue%rowtype;
    v_epoch constant double precision := trap.julian_year(p_taken_at);
    -- the combined beam [rad]
    v_beam double precision;
    -- how far [deg] a source may have moved that counts
    v_way double precision;
    v_result trap.catalogue_comparison;
begin
    select c.* into v_catalogue from trap_data.reference_catalogue as c where c.catalogue_id = p_catalogue_id;
    v_beam := radians(sqrt(p_beam_major * p_beam_major + coalesce(v_catalogue.beam_major * v_catalogue.beam_major, 0)));
    -- what moves by more than 100 mas/yr is no yardstick; pgSphere rounds to 0.2 mas
    v_way := (
        1 + least(coalesce(v_catalogue.pm_max, 0), 100)
        * coalesce(greatest(abs(v_epoch - v_catalogue.epoch_first), abs(v_epoch - v_catalogue.epoch_last)), 0)
    ) / 3.6e6;
    with found as materialized (
        select
            f.number, f.int_flux, v.l, v.m, v.n,
            scircle(spoint(radians(f.ra), radians(f.dec)), least(pi() / 2, 5 * v_beam + radians(v_way))) as around
        from unnest(p_ra, p_dec, p_int_flux, p_int_flux_err) with ordinality as f (ra, dec, int_flux, int_flux_err, number)
        cross join lateral trap.direction_vector(p_ra_0, p_dec_0, f.ra, f.dec) as v
        -- at 90 deg from the centre a turn of the image shows along its rim alone
        where f.int_flux >= 10 * f.int_flux_err and v.n > 0.1
    ),

    pair as materialized (
        select
            f.number, r.reference_id, f.l, f.m, f.n, f.l - p.l as dl, f.m - p.m as dm, f.n - p.n as dn,
            -- cells of half a beam
            round(2 * (f.l - p.l) / f.n / v_beam) as cell_east, round(2 * (f.m - p.m) / f.n / v_beam) as cell_north,
            f.int_flux / case when r.flux > 0 then r.flux end as observed,
            p_freq_eff / coalesce(r.frequency, v_catalogue.frequency) as step, r.spectral_index
        from found as f
        cross join lateral (
            select k.*
            from trap_data.reference_source as k
            where
                k.catalogue_id = p_catalogue_id and k.pos <@ f.around
                and coalesce(k.pm_ra * k.pm_ra + k.pm_dec * k.pm_dec, 0) <= 10000
            offset 0
        ) as r
        cross join lateral trap.epoch_position(
            r.ra, r.dec, r.pm_ra, r.pm_dec, coalesce(r.epoch, (v_catalogue.epoch_first + v_catalogue.epoch_last) / 2), v_epoch
        ) as place
        cross join lateral trap.direction_vector(p_ra_0, p_dec_0, place.ra, place.dec) as p
    ),

    -- how many pairs chance makes in three cells by three: nine of a quarter of a square beam, of the circle of five beams
    chance as (
        select count(*) * 9 / (100 * pi()) as votes
        from pair as p
    ),

    -- each vote counts for its cell and for those around
    elected as (
        select t.cell_east, t.cell_north
        from (
            select p.cell_east + e.step as cell_east, p.cell_north + f.step as cell_north, count(*) as votes
            from pair as p
            cross join generate_series(-1, 1) as e (step)
            cross join generate_series(-1, 1) as f (step)
            group by 1, 2
        ) as t
        cross join chance as c
        -- five standard deviations, and five more where chance makes none: of a thousand cells none has as many
        where t.votes >= c.votes + 5 * sqrt(c.votes) + 5
        order by t.votes desc, abs(t.cell_east) + abs(t.cell_north), t.cell_east, t.cell_north
        limit 1
    ),

    centre as (
        select
            coalesce(percentile_cont(0.5) within group (order by p.dl / p.n), 0) as east,
            coalesce(percentile_cont(0.5) within group (order by p.dm / p.n), 0) as north
        from pair as p
        inner join elected as e on abs(p.cell_east - e.cell_east) <= 1 and abs(p.cell_north - e.cell_north) <= 1
    ),

    -- how far apart the two are beside what the turn of the image makes
    near as (
        select
            p.*, o.apart, count(*) over (partition by p.number) as n_reference, count(*) over (partition by p.reference_id) as n_found
        from pair as p
        cross join centre as c
        cross join lateral (
            select
                sqrt(
                    power(p.dl - c.east * p.n, 2) + power(p.dm - c.north * p.n, 2) + power(p.dn + c.east * p.l + c.north * p.m, 2)
                ) as apart
            offset 0
        ) as o
        where o.apart <= v_beam
    ),

    counterpart as (
        select
            degrees(p.dl / p.n) * 3600 as east, degrees(p.dm / p.n) * 3600 as north,
            case when s.counts then p.observed / power(p.step, (s.index_min + s.index_max) / 2) end as ratio,
            case when s.counts then p.observed / greatest(power(p.step, s.index_min), power(p.step, s.index_max)) end as ratio_min,
            case when s.counts then p.observed / least(power(p.step, s.index_min), power(p.step, s.index_max)) end as ratio_max
        from near as p
        cross join lateral (
            select
                coalesce(p.spectral_index, p_spectral_index_min) as index_min,
                coalesce(p.spectral_index, p_spectral_index_max) as index_max,
                -- half of the range changes the flux by less than a tenth
                p.spectral_index is not null or (p_spectral_index_max - p_spectral_index_min) / 2 * abs(ln(p.step)) <= ln(1.1) as counts
            offset 0
        ) as s
        where p.n_reference = 1 and p.n_found = 1 and p.apart <= v_beam / 2
    )

    select
        t.n::integer, t.mean_east, t.mean_north, t.east[2], t.north[2],
        -- the quartiles of a normal distribution are 1.349 standard deviations apart
        case when t.n > 1 then (t.east[3] - t.east[1]) / 1.349 end,
        case when t.n > 1 then (t.north[3] - t.north[1]) / 1.349 end,
        sqrt(c.east * c.east + c.north * c.north) > v_beam / 2,
        t.n_flux::integer, t.ratio[2], t.ratio_min, t.ratio_max,
        case when t.n_flux > 1 then (t.ratio[3] - t.ratio[1]) / 1.349 end
    into v_result
    from (
        select
            count(*) as n, avg(p.east) as mean_east, avg(p.north) as mean_north,
            percentile_cont(array[0.25::double precision, 0.5::double precision, 0.75::double precision])
            within group (order by p.east) as east,
            percentile_cont(array[0.25::double precision, 0.5::double precision, 0.75::double precision])
            within group (order by p.north) as north,
            count(p.ratio) as n_flux,
            percentile_cont(array[0.25::double precision, 0.5::double precision, 0.75::double precision])
            within group (order by p.ratio) as ratio,
            percentile_cont(0.5) within group (order by p.ratio_min) as ratio_min,
            percentile_cont(0.5) within group (order by p.ratio_max) as ratio_max
        from counterpart as p
    ) as t
    cross join centre as c;
    return v_result;
end;
$$;
comment on function trap.compare_with_reference is
'Compares measurements of an image with a reference catalogue, whose sources have spectral indices between two limits [1] where none is '
'known: time, centre, major axis of the beam and frequency of the image, positions and integrated flux densities with errors. Angles in deg, '
'frequencies in Hz, flux densities in Jy.';
