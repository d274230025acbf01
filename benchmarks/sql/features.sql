-- The features of some sources, counted where they are: sending them is not asked for here.
select count(f) as n, sum(f.eta) as eta, sum(f.structure_8) as structure, sum(f.limit_after) as limits
from trap.features_of(%(source_ids)s) as f
