-- Cone search in a reference catalogue, nearest first; with an epoch, around where the sources are then. What moves by less than
-- 100 mas/yr is looked for within what that comes to, and only the few that are faster within what the fastest does.
-- reads: trap_data.reference_catalogue, trap_data.reference_source
-- writes: nothing
create function trap.reference_cone(
    p_catalogue_id integer, p_ra double precision, p_dec double precision, p_radius double precision,
    p_epoch double precision default null
) returns table (
    reference_id bigint, designation text, ra double precision, "dec" double precision, ra_err double precision,
    dec_err double precision, flux double precision, flux_err double precision, frequency double precision,
    major double precision, minor double precision, pa double precision, spectral_index double precision,
    pm_ra double precision, pm_dec double precision, epoch double precision, object_class text, separation double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
set enable_seqscan = off
as $$
declare
    v_catalogue trap_data.reference_catalogue%rowtype;
    v_epoch double precision;
    v_years double precision;
    v_slow scircle;
    v_fast scircle;
begin
    -- pgSphere would fold such a position onto another one
    if not (p_ra >= 0 and p_ra < 360) or not p_dec between -90 and 90 or not (p_radius >= 0 and p_radius < 90) then
        raise exception 'no cone at ra %, dec % with radius %: expected 0 <= ra < 360, -90 <= dec <= 90, 0 <= radius < 90 [deg]',
        p_ra, p_dec, p_radius using errcode = 'TR004';
    end if;
    select c.* into v_catalogue from trap_data.reference_catalogue as c where c.catalogue_id = p_catalogue_id;
    if not found then
        raise exception 'there is no reference catalogue %', p_catalogue_id using errcode = 'TR002';
    end if;
    v_epoch := (v_catalogue.epoch_first + v_catalogue.epoch_last) / 2;
    -- how long the source has moved whose epoch is the farthest
    v_years := coalesce(greatest(abs(p_epoch - v_catalogue.epoch_first), abs(p_epoch - v_catalogue.epoch_last)), 0);
    -- pgSphere rounds to 0.2 mas
    v_slow := scircle(
        spoint(radians(p_ra), radians(p_dec)),
        radians(least(90, p_radius + (1 + least(100, coalesce(v_catalogue.pm_max, 0)) * v_years) / 3.6e6))
    );
    v_fast := scircle(
        spoint(radians(p_ra), radians(p_dec)), radians(least(90, p_radius + (1 + coalesce(v_catalogue.pm_max, 0) * v_years) / 3.6e6))
    );
    return query
    select
        s.reference_id, s.designation, place.ra, place.dec, s.ra_err, s.dec_err, s.flux, s.flux_err,
        coalesce(s.frequency, v_catalogue.frequency), s.major, s.minor, s.pa, s.spectral_index, s.pm_ra, s.pm_dec,
        coalesce(s.epoch, v_epoch), s.class, around.separation
    from (
        select n.* from trap_data.reference_source as n where n.catalogue_id = p_catalogue_id and n.pos <@ v_slow
        union all
        select f.*
        from trap_data.reference_source as f
        where
            f.catalogue_id = p_catalogue_id and v_years > 0
            and f.pm_ra * f.pm_ra + f.pm_dec * f.pm_dec > 10000 and f.pos <@ v_fast and not f.pos <@ v_slow
    ) as s
    cross join lateral trap.epoch_position(s.ra, s.dec, s.pm_ra, s.pm_dec, coalesce(s.epoch, v_epoch), p_epoch) as place
    cross join lateral (
        select trap.angular_separation(p_ra, p_dec, place.ra, place.dec) as separation offset 0
    ) as around
    where around.separation <= p_radius
    order by around.separation, s.reference_id;
end;
$$;
comment on function trap.reference_cone is
'The sources of a reference catalogue within a radius of a position, nearest first, at an epoch in Julian years, or at their own if that is '
'NULL; columns as trap.reference_source has them, with position and separation at the epoch, angles in deg.';
