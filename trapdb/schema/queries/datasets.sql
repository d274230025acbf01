select
    name,
    dataset_id
from trap_data.dataset;
