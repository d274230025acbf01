-- A footprint as text: a circle, or a polygon with its corners counter-clockwise on the sky, from north to east.
-- Source: IVOA Note, STC-S 1.33; IVOA Recommendation, DALI 1.1, section 3.3.7 (order of corners).
-- reads: nothing
-- writes: nothing
create function trap.footprint_text(
    p_ra double precision, p_dec double precision, p_radius double precision,
    p_vertex_ra double precision[], p_vertex_dec double precision[]
) returns text
language sql immutable parallel safe
begin atomic
select
    case
        when p_vertex_ra is null then concat_ws(' ', 'CIRCLE ICRS', p_ra, p_dec, p_radius)
        when sum(corner.l * following.m - corner.m * following.l) > 0
            then 'POLYGON ICRS ' || string_agg(concat_ws(' ', vertex.ra, vertex.dec), ' ' order by vertex.place desc)
        else 'POLYGON ICRS ' || string_agg(concat_ws(' ', vertex.ra, vertex.dec), ' ' order by vertex.place)
    end
from
    unnest(
        p_vertex_ra, p_vertex_dec, p_vertex_ra[2:] || p_vertex_ra[1], p_vertex_dec[2:] || p_vertex_dec[1]
    ) with ordinality as vertex (ra, dec, next_ra, next_dec, place)
cross join lateral trap.direction_cosines(p_ra, p_dec, vertex.ra, vertex.dec) as corner
cross join lateral trap.direction_cosines(p_ra, p_dec, vertex.next_ra, vertex.next_dec) as following;
end;
comment on function trap.footprint_text is 'A circle, or the convex polygon within it, as text: CIRCLE or POLYGON ICRS and coordinates; arguments in deg.';
