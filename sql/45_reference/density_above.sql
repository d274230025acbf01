-- How many sources per area are as bright as that or brighter, of a row of reference_density: between the fluxes at which the sources
-- were counted the number is interpolated as a power law; beyond the brightest it falls off as in space without evolution, with the
-- power -1.5. A join with reference_density and this is what is quick for many sources.
-- reads: nothing
-- writes: nothing
create function trap.density_above(
    p_density double precision, p_fluxes double precision[], p_counts integer[], p_flux double precision
) returns double precision
language sql immutable parallel safe
return p_density * case
    when p_flux is null or p_fluxes is null or p_flux <= p_fluxes[1] then 1
    when p_flux >= p_fluxes[cardinality(p_fluxes)]
        then
            p_counts[cardinality(p_counts)]::double precision / p_counts[1]
            * exp(greatest(-600, -1.5 * (ln(p_flux) - ln(p_fluxes[cardinality(p_fluxes)]))))
    else
        exp(
            ln(p_counts[width_bucket(p_flux, p_fluxes)])
            + (ln(p_counts[width_bucket(p_flux, p_fluxes) + 1]) - ln(p_counts[width_bucket(p_flux, p_fluxes)]))
            * (ln(p_flux) - ln(p_fluxes[width_bucket(p_flux, p_fluxes)]))
            / (ln(p_fluxes[width_bucket(p_flux, p_fluxes) + 1]) - ln(p_fluxes[width_bucket(p_flux, p_fluxes)]))
        ) / p_counts[1]
end;
comment on function trap.density_above is
'Number per area of the sources at least as bright as a flux density [Jy], all of them if that is NULL; density, fluxes and counts as '
'trap_data.reference_density has them [deg^-2].';
