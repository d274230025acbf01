t.dataset_name = {name}
and not exists (select from trap_data.publication as p where p.dataset_name = t.dataset_name and p.version = t.version)
