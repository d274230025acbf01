select
    dataset,
    dataset_id
from trap.dataset;
