-- The watch lists and watch maps.
-- reads: trap_data.watch_list, trap_data.watch_entry, trap_data.watch_cell
create view trap.watch_list as
select
    w.name as watch, w.kind, e.n_entries,
    case w.kind
        when 'cone' then 720 * degrees(power(sin(radians(e.largest_arcsec / 7200)), 2))
        when 'polygon' then degrees(degrees(area(w.polygon)))
        when 'moc' then (
            select sum(c.last_cell - c.first_cell + 1)::double precision * trap.healpix_area(29)
            from trap_data.watch_cell as c
            where c.watch_list_id = w.watch_list_id
        )
    end as area,
    w.vertex_ra, w.vertex_dec, case when trap.is_insider() then w.origin end as origin,
    case when trap.is_insider() then w.owner end as owner, w.stored_at
from trap_data.watch_list as w
cross join lateral (
    select nullif(count(*), 0) as n_entries, max(e.radius_arcsec) as largest_arcsec
    from trap_data.watch_entry as e
    where e.watch_list_id = w.watch_list_id
) as e;
comment on view trap.watch_list is 'The watch lists and watch maps: where users want to be told of sources.';
comment on column trap.watch_list.watch is 'Name given by the user. {meta.id;meta.main principal}';
comment on column trap.watch_list.kind is 'list of positions, or as a map a cone, a polygon or a moc. {meta.code.class principal}';
comment on column trap.watch_list.n_entries is 'Number of positions; NULL: a polygon or a moc has none. {meta.number principal}';
comment on column trap.watch_list.area is 'Area of a map; NULL for a list [deg^2]. {phys.angArea principal}';
comment on column trap.watch_list.vertex_ra is 'Corners of a polygon, right ascension [deg]; NULL: it is none. {pos.eq.ra;pos.outline}';
comment on column trap.watch_list.vertex_dec is 'Corners of a polygon, declination [deg]; NULL: it is none. {pos.eq.dec;pos.outline}';
comment on column trap.watch_list.origin is 'File that it was read from, or the text that it was given as; NULL for the public. {meta.ref;meta.file principal}';
comment on column trap.watch_list.owner is 'User who stored it, who alone may replace or remove it; NULL for the public. {meta.id;meta.curation principal}';
comment on column trap.watch_list.stored_at is 'When it was stored. {time.creation principal}';
