-- Sums of some sources, recomputed from their points, that are not what is stored.
select f.source_id
from trap_data.source_flux as f
full join trap.recomputed_flux(%(dataset_id)s, %(source_ids)s) as r using (source_id, band_id, stokes)
where
    (f.dataset_id = %(dataset_id)s and f.source_id = any(%(source_ids)s) or f.source_id is null)
    and (f.n is distinct from r.n or trap.differs(f.peak_mean, r.peak_mean, sqrt(r.peak_mean * r.peak_mean + r.peak_m2)));
