-- The cells of HEALPix that touch a footprint, a circle or the polygon within it: whole large ones where it covers them, and down to an
-- order at its border. Beyond one cell of that order from the border nothing is left out, and nothing too much.
-- reads: nothing
-- writes: nothing
create function trap.region_cell(
    p_region_ra double precision, p_region_dec double precision, p_radius double precision, p_polygon spoly,
    p_blank_size double precision, p_blank int4multirange, p_order integer
) returns table (healpix_order integer, healpix_cell bigint, is_covered boolean)
language sql immutable parallel safe
begin atomic
with recursive piece as (
    select 0 as healpix_order, n.cell as healpix_cell, 'border' as place
    from generate_series(0, 11::bigint) as n (cell)
    union all
    select part.healpix_order, part.healpix_cell, lies.place
    from piece as p
    cross join generate_series(0, 3) as q (quarter)
    cross join lateral (select p.healpix_order + 1 as healpix_order, 4 * p.healpix_cell + q.quarter as healpix_cell offset 0) as part
    cross join lateral (select trap.healpix_circle(part.healpix_order, part.healpix_cell, 0) as circle offset 0) as around
    cross join lateral (
        select
            trap.angular_separation(
                p_region_ra, p_region_dec, degrees(long(center(around.circle))), degrees(lat(center(around.circle)))
            ) as separation,
            degrees(radius(around.circle)) as reach
        offset 0
    ) as away
    cross join lateral (
        select case
            when away.separation - away.reach > p_radius then 'outside'
            when p_polygon is not null and not around.circle && p_polygon then 'outside'
            when
                away.separation + away.reach < p_radius and isempty(p_blank)
                and (p_polygon is null or around.circle <@ p_polygon) then 'inside'
            else 'border'
        end as place
        offset 0
    ) as lies
    where p.place = 'border' and p.healpix_order < p_order and lies.place <> 'outside'
)

select
    p.healpix_order, p.healpix_cell,
    p.place = 'inside' or (
        trap.region_covers(p_region_ra, p_region_dec, p_radius, p_polygon, centre.ra, centre.dec)
        and not trap.is_blank(p_region_ra, p_region_dec, p_blank_size, p_blank, centre.ra, centre.dec)
    ) as is_covered
from piece as p
cross join lateral (
    select
        degrees(long(centre_of_healpix_nest(p.healpix_order, p.healpix_cell))) as ra,
        degrees(lat(centre_of_healpix_nest(p.healpix_order, p.healpix_cell))) as dec
    offset 0
) as centre
where p.place = 'inside' or p.healpix_order = p_order;
end;
comment on function trap.region_cell is
'The HEALPix cells, nested, that touch a footprint, a circle or the polygon within it: those that it covers, and down to an order at its '
'border and where there are blanks; and whether it covers them, at the border their centre. Angles in deg; blanks as in trap.is_blank.';
