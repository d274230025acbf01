select header from trap.supplied_header(%(dataset_id)s);
