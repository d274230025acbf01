-- The cells of the sky maps.
-- reads: trap_data.skymap_cell, trap_data.skymap
create view trap.skymap_cell as
select
    m.name as skymap, c.healpix_order, c.first_cell / power(4::double precision, 29 - c.healpix_order)::bigint as healpix_cell,
    c.probability, c.probability / (trap.healpix_area(c.healpix_order) * power(pi() / 180, 2)) as density, c.enclosed
from trap_data.skymap_cell as c
inner join trap_data.skymap as m on c.skymap_id = m.skymap_id;
comment on view trap.skymap_cell is 'The cells of the sky maps; those without any probability are left out.';
comment on column trap.skymap_cell.skymap is 'Sky map. {meta.id principal indexed}';
comment on column trap.skymap_cell.healpix_order is 'HEALPix order of the cell. {meta.code;pos.healpix principal}';
comment on column trap.skymap_cell.healpix_cell is 'The cell, nested. {pos.healpix;meta.main principal}';
comment on column trap.skymap_cell.probability is 'Probability that the event was in it; those of all cells add up to 1 [1]. {stat.probability principal}';
comment on column trap.skymap_cell.density is 'Probability per solid angle [sr^-1]. {stat.probability}';
comment on column trap.skymap_cell.enclosed is
'Share of the probability that all cells hold that are at least as dense: the credible level [1]. {stat.probability;stat.max}';
