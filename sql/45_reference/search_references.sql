-- What a catalogue has near some sources of a data set: all within the combined beam (FWHM, in quadrature) of the image in which the
-- source was founded and of the catalogue, at the epoch of that image. A source is matched with what was there when it was found
-- first: that does not depend on what came later, so that a replay gives the same.
-- As in trap.reference_cone, the few that move by more than 100 mas/yr are looked for by themselves, as far as the fastest of them moves.
-- reads: trap_data.source, trap_data.image, trap_data.reference_source, trap_data.reference_catalogue
-- writes: nothing
create function trap.search_references(p_dataset_id integer, p_source_ids bigint[], p_catalogue_id integer)
returns table (source_id bigint, reference_id bigint)
language plpgsql stable parallel safe
set search_path from current
set plan_cache_mode = force_custom_plan
-- from the sources to the catalogue's index, whatever is believed about their numbers
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    -- by so much a mean may lie off the indexed position without its being moved, and pgSphere rounds to 0.2 mas
    v_margin constant double precision := 3.001::double precision / 3600;
    v_catalogue trap_data.reference_catalogue%rowtype;
    v_epoch double precision;
begin
    select c.* into v_catalogue from trap_data.reference_catalogue as c where c.catalogue_id = p_catalogue_id;
    v_epoch := (v_catalogue.epoch_first + v_catalogue.epoch_last) / 2;
    return query
    select p.source_id, near.reference_id
    from (
        select
            s.source_id, s.pos, degrees(long(s.pos)) as ra, degrees(lat(s.pos)) as dec, founded.epoch,
            sqrt(i.beam_major * i.beam_major + coalesce(v_catalogue.beam_major * v_catalogue.beam_major, 0)) + v_margin as radius,
            -- how long that has moved whose epoch is the farthest
            coalesce(
                greatest(abs(founded.epoch - v_catalogue.epoch_first), abs(founded.epoch - v_catalogue.epoch_last)), 0
            ) as years
        from trap_data.source as s
        inner join trap_data.image as i on trap.image_of(s.source_id) = i.image_id
        cross join lateral (select trap.julian_year(i.taken_at) as epoch) as founded
        where s.dataset_id = p_dataset_id and s.source_id = any(p_source_ids) and not s.monitored
        offset 0
    ) as p
    cross join lateral (
        select
            scircle(p.pos, radians(p.radius + least(coalesce(v_catalogue.pm_max, 0), 100) * p.years / 3.6e6)) as slow,
            scircle(p.pos, radians(least(90, p.radius + coalesce(v_catalogue.pm_max, 0) * p.years / 3.6e6))) as fast
        offset 0
    ) as circle
    cross join lateral (
        select n.*
        from trap_data.reference_source as n
        where n.catalogue_id = p_catalogue_id and n.pos <@ circle.slow
        union all
        select f.*
        from trap_data.reference_source as f
        where
            f.catalogue_id = p_catalogue_id and v_catalogue.pm_max > 100 and p.years > 0
            and f.pm_ra * f.pm_ra + f.pm_dec * f.pm_dec > 10000 and f.pos <@ circle.fast and not f.pos <@ circle.slow
        offset 0
    ) as near
    cross join lateral trap.epoch_position(
        near.ra, near.dec, near.pm_ra, near.pm_dec, coalesce(near.epoch, v_epoch), p.epoch
    ) as place
    where trap.angular_separation(p.ra, p.dec, place.ra, place.dec) <= p.radius;
end;
$$;
comment on function trap.search_references is
'What a reference catalogue has within the combined beam, and 3 arcsec more, of some sources of a data set, at the epoch at which each was '
'found first.';
