select m.catalogue, m.version, m.designation, m.object_class, m.separation_arcsec, m.de_ruiter_radius, m.reliability, m.chance_probability, m.flux, m.frequency
from trap.reference_match as m
where m.dataset_id = trap.dataset_of_source(%(source_id)s) and m.source_id = %(source_id)s and m.counterpart
order by m.reliability desc nulls last, m.separation_arcsec
limit %(most)s;
