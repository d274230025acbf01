-- How densely the sources of a catalogue lie around a position, those at least as bright as a flux density: what a chance
-- coincidence is reckoned with. Where the coverage is not known, a cell without sources may be within it, and is taken for an empty
-- one. For many positions: join trap_data.reference_density by trap.healpix_cell, and ask trap.density_above.
-- reads: trap_data.reference_catalogue, trap_data.reference_density
-- writes: nothing
create function trap.reference_density(
    p_catalogue_id integer, p_ra double precision, p_dec double precision, p_flux double precision
) returns double precision
language sql stable security definer
begin atomic
select coalesce(
    trap.density_above(d.density, d.fluxes, d.counts, p_flux),
    case when c.coverage is null then 1 / (trap.healpix_area(c.density_order) + 1 / c.density_mean) end
)
from trap_data.reference_catalogue as c
left join trap_data.reference_density as d
    on c.catalogue_id = d.catalogue_id and d.cell = trap.healpix_cell(c.density_order, p_ra, p_dec)
where c.catalogue_id = p_catalogue_id;
end;
comment on function trap.reference_density is
'Number per square degree of the sources of a catalogue around a position [deg] that are at least as bright as a flux density [Jy], all of '
'them if that is NULL; NULL outside the coverage, as far as that is known [deg^-2].';
