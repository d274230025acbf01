-- The nearest source within ten beams that is brighter: a candidate beside one may be a sidelobe of it, or a part.
-- reads: nothing (but by way of trap.neighbours)
-- writes: nothing
create function trap.brighter_neighbour(
    p_source_id bigint, p_peak_flux double precision, out source_id bigint, out peak_flux double precision, out beams double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    select n.source_id, n.peak_flux, n.separation_beams into source_id, peak_flux, beams
    from trap.neighbours(p_source_id, 10) as n
    where n.peak_flux > p_peak_flux and not n.monitored
    order by n.separation_beams, n.source_id
    limit 1;
end;
$$;
comment on function trap.brighter_neighbour is
'The nearest source within 10 beams whose mean peak flux density is above the one given [Jy/beam], that flux [Jy/beam] and its distance in '
'beams [1]; NULL if there is none.';
