select s.dataset, s.dataset_id, s.source_id, s.name, s.ra, s.dec, s.ra_err, s.dec_err, s.n_blind, s.n_forced, s.first_seen, s.last_seen, s.monitored
from trap.running_catalogue as s
where s.dataset_id = trap.dataset_of_source(%(source_id)s) and s.source_id = %(source_id)s;
