-- The fluxes of the points of one source, and when each became known: rows with their measurements and images, and packed ones, for which
-- these need not be read.
-- reads: trap_data.association, trap_data.curve_stretch, trap_data.source_ancestry, trap_data.measurement, trap_data.image
-- writes: nothing
create function trap.flux_point(p_source_id bigint)
returns table (
    measurement_id bigint, known_image_id bigint, kind trap_data.measurement_kind, taken_at timestamptz, band_id bigint,
    stokes trap_data.stokes_parameter, usable boolean, int_flux double precision, int_flux_err double precision,
    peak_flux double precision, peak_flux_err double precision
)
language sql stable parallel safe
begin atomic
with own as (
    select p_source_id as source_id, null::bigint as until_image_id
    union all
    select y.ancestor_id, y.until_image_id
    from trap_data.source_ancestry as y
    where y.dataset_id = trap.dataset_of_source(p_source_id) and y.source_id = p_source_id
)

select
    a.measurement_id, a.known_image_id, m.kind, i.taken_at, i.band_id, i.stokes, m.usable, m.int_flux,
    m.int_flux_err::double precision, m.peak_flux, m.peak_flux_err::double precision
from own as o
inner join trap_data.association as a on a.dataset_id = trap.dataset_of_source(p_source_id) and o.source_id = a.source_id
inner join trap_data.measurement as m on m.dataset_id = trap.dataset_of_source(p_source_id) and a.measurement_id = m.measurement_id
inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
where o.until_image_id is null or a.known_image_id < o.until_image_id
union all
select
    p.measurement_id, p.known_image_id, p.measured, p.taken_at, c.band_id, c.stokes, p.usable, p.int_flux,
    p.int_flux_err::double precision, p.peak_flux, p.peak_flux_err::double precision
from own as o
inner join trap_data.curve_stretch as c on c.dataset_id = trap.dataset_of_source(p_source_id) and o.source_id = c.source_id
cross join lateral trap.packed_point(c) as p
where o.until_image_id is null or p.known_image_id < o.until_image_id;
end;
comment on function trap.flux_point is
'The flux densities [Jy, Jy/beam] of the points of one source, its own and those that it inherits, and with which image each became known.';
