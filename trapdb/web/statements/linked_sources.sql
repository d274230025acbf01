-- Sources, with what the links of their light curves say of them.
select
    source_id,
    dataset,
    name,
    ra,
    "dec"
from trap.running_catalogue
where dataset_id = any(%(datasets)s) and source_id = any(%(numbers)s);
