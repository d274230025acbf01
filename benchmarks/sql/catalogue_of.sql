select c.source_id, c.ra, c.dec, c.n_blind
from trap.running_catalogue as c
where c.dataset = %(dataset)s
order by c.source_id;
