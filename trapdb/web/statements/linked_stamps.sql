-- The stamps of sources, a row each, with what links say of them.
select
    source_id,
    image_id,
    taken_at,
    freq_eff,
    stokes,
    n_bytes,
    string_agg(occasion, ', ' order by occasion) as occasions
from trap.stamp
where dataset_id = any(%(datasets)s) and source_id = any(%(numbers)s)
group by source_id, image_id, taken_at, freq_eff, stokes, n_bytes
order by source_id, taken_at, freq_eff, stokes;
