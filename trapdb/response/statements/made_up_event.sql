select
    s.source_id,
    s.name,
    s.ra,
    s.dec,
    s.ra_err,
    s.dec_err,
    s.dataset,
    s.dataset_id,
    s.first_seen,
    s.last_seen,
    v.band_id,
    v.stokes,
    to_jsonb(v) as figures
from trap.running_catalogue as s
inner join trap.variability as v on s.dataset_id = v.dataset_id and s.source_id = v.source_id
where s.dataset_id = trap.dataset_of_source(%(source_id)s) and s.source_id = %(source_id)s
order by v.snr_max desc nulls last
limit 1;
