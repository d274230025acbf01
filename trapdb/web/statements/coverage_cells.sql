select first_cell, last_cell from trap.coverage(%(dataset)s);
