-- The sources in the smallest region of a sky map that holds a probability, those in the densest cells first: with a time, those that
-- were first seen at or after it. The region is looked up by the circles about some hundred large cells that cover it, and then
-- exactly, by the cell in which each source is.
-- reads: trap_data.skymap_cell, trap_data.source, trap_data.dataset
-- writes: nothing
create function trap.in_skymap(
    p_name text, p_probability double precision default 0.9, p_dataset text default null, p_since timestamptz default null
) returns table (
    dataset text, dataset_id integer, source_id bigint, name text, ra double precision, "dec" double precision,
    n_blind integer, first_seen timestamptz, last_seen timestamptz, enclosed double precision, density double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
set enable_seqscan = off
as $$
declare
    v_skymap_id constant integer := trap.skymap_id_of(p_name);
    v_dataset_id constant integer := case when p_dataset is not null then trap.dataset_id_of(p_dataset) end;
    v_level double precision;
    v_first bigint[];
    v_last bigint[];
begin
    if (p_probability > 0 and p_probability <= 1) is not true then
        raise exception 'no region holds a probability of %: expected more than 0, and no more than 1', p_probability
        using errcode = 'TR004';
    end if;
    v_level := trap.skymap_level(v_skymap_id, p_probability);
    select
        array_agg(c.first_cell), array_agg(c.first_cell + power(4::double precision, 29 - c.healpix_order)::bigint - 1)
    into v_first, v_last
    from trap_data.skymap_cell as c
    where c.skymap_id = v_skymap_id and c.enclosed <= v_level;
    return query
    select
        d.name, s.dataset_id, s.source_id, s.name, s.ra, s.dec, s.n_blind, s.first_seen, s.last_seen, at.enclosed,
        at.probability / (trap.healpix_area(at.healpix_order) * power(pi() / 180, 2))
    from trap.cell_cover(v_first, v_last) as cover
    -- the indexed position may lag behind the mean by 3 arcsec, and pgSphere rounds to 0.2 mas
    cross join lateral (
        select trap.healpix_circle(cover.healpix_order, cover.healpix_cell, 3.001 / 3600) as circle offset 0
    ) as around
    cross join lateral (
        select n.*, trap.healpix_cell(29, n.ra, n.dec) as cell
        from trap_data.source as n
        where
            (v_dataset_id is null or n.dataset_id = v_dataset_id) and not n.monitored
            and (p_since is null or n.first_seen >= p_since)
            and n.pos <@ around.circle
        offset 0
    ) as s
    inner join trap_data.dataset as d on s.dataset_id = d.dataset_id
    cross join lateral (
        select c.*
        from trap_data.skymap_cell as c
        where c.skymap_id = v_skymap_id and c.first_cell <= s.cell
        order by c.first_cell desc
        limit 1
    ) as at
    where
        -- of two circles that hold it, that of its cell
        s.cell / power(4::double precision, 29 - cover.healpix_order)::bigint = cover.healpix_cell
        and s.cell < at.first_cell + power(4::double precision, 29 - at.healpix_order)::bigint
        and at.enclosed <= v_level
    order by at.enclosed, s.source_id;
end;
$$;
comment on function trap.in_skymap is
'The sources, of one data set or of all, in the smallest region of a sky map that holds a probability, those in the densest cells first: '
'angles in deg, the probability enclosed at each (its credible level), density in sr^-1. With a time: those first seen at or after it.';
