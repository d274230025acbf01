select coalesce((configuration #>> '{dataset,derived}')::boolean, false) as is_derived
from trap.dataset
where dataset = %(dataset)s;
