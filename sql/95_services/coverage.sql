-- Where on the sky a data set has accepted images: the cells of HEALPix in their footprints, as ranges of cells of order 29. What is
-- blank in a footprint is not covered. By footprints, of which there are few, not by images; where there are many, cells are larger.
-- reads: trap_data.sky_region, trap_data.image
-- writes: nothing
create function trap.coverage(p_dataset text default null) returns table (first_cell bigint, last_cell bigint)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_dataset_id constant integer := case when p_dataset is not null then trap.dataset_id_of(p_dataset) end;
begin
    return query
    with region as materialized (
        select r.ra, r.dec, r.radius, r.polygon, r.blank_size, r.blank
        from trap_data.sky_region as r
        where
            (v_dataset_id is null or r.dataset_id = v_dataset_id) and (r.dataset_id, r.sky_region_id) in (
                select i.dataset_id, i.sky_region_id
                from trap_data.image as i
                where i.status = 'accepted' and (v_dataset_id is null or i.dataset_id = v_dataset_id)
            )
    ),

    -- a polygon of 4 deg takes about a tenth of a second at the full order, and half of that at each coarser one
    many as (
        select least(2, floor(log(16, greatest(1, count(*)))))::integer as coarser from region
    ),

    whole as (
        select range_agg(int8range(piece.healpix_cell * width.cells, (piece.healpix_cell + 1) * width.cells)) as cells
        from region as r
        cross join many as m
        cross join lateral trap.region_cell(
            r.ra, r.dec, r.radius, r.polygon, r.blank_size, r.blank,
            greatest(1, trap.region_order(r.radius) - m.coarser)
        ) as piece
        cross join lateral (
            select power(4::double precision, 29 - piece.healpix_order)::bigint as cells offset 0
        ) as width
        where piece.is_covered
    )

    select lower(n.cells), upper(n.cells) - 1
    from whole
    cross join lateral unnest(whole.cells) as n (cells)
    order by n.cells;
end;
$$;
comment on function trap.coverage is
'The part of the sky that the accepted images of a data set, or of all, cover: HEALPix cells, nested, as ranges of cells of order 29, to a '
'thirtieth of the radius of each footprint; of more than 15 footprints to a fifteenth, of more than 255 to an eighth.';
