-- What a reference catalogue has in the footprints of a data set, in the middle of its time, and which of its sources lies nearest to
-- each: what has none was not found. The brightest first.
-- reads: trap_data.reference_catalogue, trap_data.reference_source, trap_data.sky_region, trap_data.image, trap.near_reference,
--   trap_data.dataset_reference
-- writes: nothing
create function trap.reference_in_field(p_dataset text, p_catalogue_id integer, p_count integer default null) returns table (
    reference_id bigint, designation text, ra double precision, "dec" double precision, flux double precision,
    frequency double precision, object_class text, source_id bigint, separation_arcsec double precision, counterpart boolean
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_catalogue trap_data.reference_catalogue%rowtype;
    v_epoch double precision;
    v_catalogue_epoch double precision;
    v_centre spoint;
    v_radius double precision;
    v_circle scircle;
begin
    perform from trap_data.dataset_reference as k where k.dataset_id = v_dataset_id and k.catalogue_id = p_catalogue_id;
    if not found then
        raise exception 'data set "%" is not matched with reference catalogue %', p_dataset, p_catalogue_id
        using errcode = 'TR004', hint = 'trapdb reference match does it';
    end if;
    select c.* into v_catalogue from trap_data.reference_catalogue as c where c.catalogue_id = p_catalogue_id;
    v_catalogue_epoch := (v_catalogue.epoch_first + v_catalogue.epoch_last) / 2;
    select (min(trap.julian_year(i.taken_at)) + max(trap.julian_year(i.taken_at))) / 2 into v_epoch
    from trap_data.image as i
    where i.dataset_id = v_dataset_id and i.status = 'accepted';

    -- a circle about the first footprint that holds all of them, and how far that has moved which moves fastest; none if it is half the sky
    select spoint(radians(f.ra), radians(f.dec)), max(trap.angular_separation(f.ra, f.dec, r.ra, r.dec) + r.radius)
    into v_centre, v_radius
    from trap_data.sky_region as r
    cross join (
        select g.ra, g.dec from trap_data.sky_region as g where g.dataset_id = v_dataset_id order by g.sky_region_id limit 1
    ) as f
    where r.dataset_id = v_dataset_id
    group by f.ra, f.dec;
    v_radius := v_radius + coalesce(
        v_catalogue.pm_max * greatest(abs(v_epoch - v_catalogue.epoch_first), abs(v_epoch - v_catalogue.epoch_last)), 0
    ) / 3.6e6;
    v_circle := case when v_radius < 89 then scircle(v_centre, radians(v_radius + 0.001 / 3600)) end;

    return query
    select
        n.reference_id, n.designation, n.ra, n.dec, n.flux, n.frequency, n.class,
        found_near.source_id, found_near.separation_arcsec, coalesce(found_near.counterpart, false)
    from (
        select
            s.reference_id, s.designation, place.ra, place.dec, s.flux, coalesce(s.frequency, v_catalogue.frequency) as frequency, s.class
        from trap_data.reference_source as s
        cross join lateral trap.epoch_position(
            s.ra, s.dec, s.pm_ra, s.pm_dec, coalesce(s.epoch, v_catalogue_epoch), v_epoch
        ) as place
        where
            s.catalogue_id = p_catalogue_id
            and (v_circle is null or s.pos <@ v_circle)
            and exists (
                select
                from trap_data.sky_region as r
                where
                    r.dataset_id = v_dataset_id
                    and r.circle @> spoint(radians(place.ra), radians(place.dec))
                    and trap.region_covers(r.ra, r.dec, r.radius, r.polygon, place.ra, place.dec)
                    and not trap.is_blank(r.ra, r.dec, r.blank_size, r.near_blank, place.ra, place.dec)
            )
        order by s.flux desc nulls last, s.reference_id
        limit p_count
    ) as n
    left join lateral (
        select p.source_id, p.separation_arcsec, p.counterpart
        from trap.near_reference as p
        where p.dataset_id = v_dataset_id and p.catalogue_id = p_catalogue_id and p.reference_id = n.reference_id
        order by p.separation_arcsec, p.source_id
        limit 1
    ) as found_near on true
    order by n.flux desc nulls last, n.reference_id;
end;
$$;
comment on function trap.reference_in_field is
'The sources of a reference catalogue in the footprints of a data set that is matched with it, brightest first, so many or (NULL) all; where '
'they are in the middle of the time of its images [deg], and the nearest source within the combined beam: NULL for what was not found.';
