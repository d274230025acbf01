-- Which of some places an image covers, with pixels there, and no source of its data set is near.
-- reads: trap_data.image, trap_data.sky_region, trap_data.source
-- writes: nothing
create function trap.free_place(p_image_id bigint, p_ra double precision[], p_dec double precision[], p_distance double precision)
returns table (number integer)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
begin
    return query
    select p.number::integer
    from unnest(p_ra, p_dec) with ordinality as p (ra, dec, number)
    inner join trap_data.image as i on i.image_id = p_image_id
    inner join trap_data.sky_region as r on r.dataset_id = v_dataset_id and i.sky_region_id = r.sky_region_id
    where
        trap.region_covers(r.ra, r.dec, r.radius, r.polygon, p.ra, p.dec)
        and not trap.is_blank(r.ra, r.dec, r.blank_size, r.blank, p.ra, p.dec)
        and not exists (
            select
            from trap_data.source as s
            where
                s.dataset_id = v_dataset_id and s.pos <@ scircle(spoint(radians(p.ra), radians(p.dec)), radians(p_distance))
        )
    order by p.number;
end;
$$;
comment on function trap.free_place is
'The numbers, from 1, of those of some places [deg] that an image covers, with pixels there, and that are more than p_distance [deg] from '
'every source of its data set.';
