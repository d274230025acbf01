-- Where between two declinations a survey has been, away from the galactic plane if it kept away from it: to cells of 7 arcmin, of
-- those on the border the ones whose centre is within. A cell of order n reaches no farther than 62 / 2^n deg from its centre. The
-- galactic pole is at ra 192.85948, dec 27.12825 deg.
-- Source: The Hipparcos and Tycho Catalogues, ESA SP-1200, vol. 1, sect. 1.5.3 (galactic coordinates).
-- reads: nothing
-- writes: nothing
create function trap.moc_of_zone(
    p_dec_low double precision, p_dec_high double precision, p_galactic_latitude double precision
) returns text
language sql immutable parallel safe
begin atomic
with recursive cell as (
    select 0 as depth, base.number, null::boolean as inside
    from generate_series(0::bigint, 11::bigint) as base (number)
    union all
    select
        c.depth + 1, child.number,
        case
            when c.depth = 8
                then
                    -- written out: pg_dump would not give back a between as it was
                    place.dec >= p_dec_low and place.dec <= p_dec_high
                    and coalesce(place.latitude >= p_galactic_latitude, true)
            when
                place.dec + place.reach < p_dec_low or place.dec - place.reach > p_dec_high
                or place.latitude + place.reach < p_galactic_latitude
                then false
            when
                (place.dec - place.reach >= p_dec_low or p_dec_low <= -90)
                and (place.dec + place.reach <= p_dec_high or p_dec_high >= 90)
                and coalesce(place.latitude - place.reach >= p_galactic_latitude, true)
                then true
        end
    from cell as c
    cross join lateral generate_series(4 * c.number, 4 * c.number + 3) as child (number)
    cross join lateral (
        select
            degrees(lat(centre.pos)) as dec, abs(90 - degrees(centre.pos <-> spoint(radians(192.85948), radians(27.12825)))) as latitude,
            62 / power(2, c.depth + 1) as reach
        from (select center_of_healpix_nest(c.depth + 1, child.number) as pos offset 0) as centre
    ) as place
    where c.inside is null
)

select coalesce(string_agg(c.depth || '/' || c.number, ' '), '')::smoc::text
from cell as c
where c.inside;
end;
comment on function trap.moc_of_zone is
'MOC as text, of the sky between two declinations [deg], without what is closer to the galactic plane than a latitude [deg]; NULL: nothing is left out.';
