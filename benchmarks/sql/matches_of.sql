select m.source_id, m.separation_arcsec, m.flux, m.chance_probability
from trap.reference_match as m
where m.dataset_id = trap.dataset_id_of(%(dataset)s);
