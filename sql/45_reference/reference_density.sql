-- How densely the sources of a catalogue lie around a position, those at least as bright as a flux density: what a chance
-- coincidence is reckoned with. A cell without a row has no sources: it is covered whole, or not at all; where the coverage is not known,
-- it may be within it, and is taken to be. For many positions with sources at once: join trap_data.reference_density by
-- trap.healpix_cell, and ask trap.density_above.
-- reads: trap_data.reference_catalogue, trap_data.reference_density
-- writes: nothing
create function trap.reference_density(
    p_catalogue_id integer, p_ra double precision, p_dec double precision, p_flux double precision
) returns double precision
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_order integer;
    v_cell bigint;
    v_density double precision;
    v_fluxes double precision[];
    v_counts integer[];
begin
    select c.density_order into v_order from trap_data.reference_catalogue as c where c.catalogue_id = p_catalogue_id;
    v_cell := trap.healpix_cell(v_order, p_ra, p_dec);
    select d.density, d.fluxes, d.counts into v_density, v_fluxes, v_counts
    from trap_data.reference_density as d
    where d.catalogue_id = p_catalogue_id and d.cell = v_cell;
    if v_density is null then
        select 1 / (trap.healpix_area(c.density_order) + 1 / c.density_mean) into v_density
        from trap_data.reference_catalogue as c
        where c.catalogue_id = p_catalogue_id and trap.moc_covers(c.coverage, p_ra, p_dec) is not false;
    end if;
    return trap.density_above(v_density, v_fluxes, v_counts, p_flux);
end;
$$;
comment on function trap.reference_density is
'Number per square degree of the sources of a catalogue around a position [deg] that are at least as bright as a flux density [Jy], all of '
'them if that is NULL; NULL outside the coverage, as far as that is known [deg^-2].';
