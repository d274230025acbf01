-- The running fluxes, from all points.
insert into trap_data.source_flux
select f.*
from trap.recomputed_flux(%(dataset_id)s, null) as f;
