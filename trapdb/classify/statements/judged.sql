-- What judges some sources, each in one band, the most significant peak first.
-- Parameters: dataset_id, source_ids, band_ids, stokes, limit.
select
    c.source_id, c.name, c.ra, c.dec, c.band_id, c.stokes, c.n, c.n_blind, c.snr_max, c.max_significance, c.eta_int_significance,
    c.is_new, c.margin_local, c.edge_beams, c.neighbours, c.brighter_beams, c.noise_chance, c.reference_class, c.label_rating
from trap.candidate as c
inner join unnest(%(source_ids)s::bigint[], %(band_ids)s::bigint[], %(stokes)s::text[]) as k (source_id, band_id, stokes)
    on c.source_id = k.source_id and c.band_id = k.band_id and c.stokes = k.stokes
where c.dataset_id = %(dataset_id)s::integer and c.source_id = any(%(source_ids)s::bigint[])
order by c.max_significance desc nulls last, c.source_id
limit %(limit)s::integer
