select
    c.source_id, dense_rank() over (order by c.taken_at, c.freq_eff)::integer - 1 as image_number, c.kind, c.int_flux, c.int_flux_err
from trap.lightcurve as c
where c.dataset = %(dataset)s and c.usable
order by c.source_id, c.taken_at, c.freq_eff;
