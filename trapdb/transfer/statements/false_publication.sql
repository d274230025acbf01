-- A data set is published as something that it is not.
select p.citable_name
from trap_data.publication as p
where p.dataset_id = {dataset} and p.checksum <> {checksum}
