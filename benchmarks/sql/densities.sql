select d.density
from unnest(%(ra)s::float8[], %(dec)s::float8[]) with ordinality as p (ra, dec, number)
cross join lateral trap.reference_density(%(catalogue_id)s, p.ra, p.dec, %(flux)s) as d (density)
order by p.number;
