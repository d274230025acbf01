-- What judges some sources, a row a source and band.
-- Parameters: dataset_id, source_ids.
select
    c.source_id, c.name, c.ra, c.dec, c.band_id, c.stokes, c.n, c.n_blind, c.snr_max, c.max_significance, c.eta_int_significance,
    c.is_new, c.margin_local, c.edge_beams, c.neighbours, c.brighter_beams, c.noise_chance, c.reference_class, c.label_rating
from trap.candidate as c
where c.dataset_id = %(dataset_id)s::integer and c.source_id = any(%(source_ids)s::bigint[])
