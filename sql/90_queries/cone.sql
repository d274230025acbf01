-- Cone search: the sources of a data set around a position, nearest first.
-- reads: trap_data.source, trap_data.dataset, trap.dataset
-- writes: nothing
create function trap.cone(p_dataset text, p_ra double precision, p_dec double precision, p_radius double precision)
returns table (
    dataset text, dataset_id integer, source_id bigint, name text, ra double precision, "dec" double precision,
    ra_err double precision, dec_err double precision, n_blind integer, n_forced integer,
    first_seen timestamptz, last_seen timestamptz, monitored boolean, separation double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
set enable_seqscan = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    -- pgSphere would fold such a position onto another one
    if not (p_ra >= 0 and p_ra < 360) or not p_dec between -90 and 90 or not (p_radius >= 0 and p_radius < 90) then
        raise exception 'no cone at ra %, dec % with radius %: expected 0 <= ra < 360, -90 <= dec <= 90, 0 <= radius < 90 [deg]',
        p_ra, p_dec, p_radius using errcode = 'TR004';
    end if;
    return query
    select
        p_dataset, s.dataset_id, s.source_id, s.name, s.ra, s.dec, s.ra_err, s.dec_err, s.n_blind, s.n_forced,
        s.first_seen, s.last_seen, s.monitored, around.separation
    from trap_data.source as s
    cross join lateral (
        select trap.angular_separation(p_ra, p_dec, s.ra, s.dec) as separation offset 0
    ) as around
    where
        s.dataset_id = v_dataset_id
        -- the indexed position may lag behind the mean by 3 arcsec, and pgSphere rounds to 0.2 mas
        and s.pos <@ scircle(spoint(radians(p_ra), radians(p_dec)), radians(least(90, p_radius + 3.001 / 3600)))
        and around.separation <= p_radius
    order by around.separation, s.source_id;
end;
$$;
comment on function trap.cone is
'The sources of a data set within a radius of a position, nearest first; all angles in deg, separation [deg].';
