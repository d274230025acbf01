select p.* from trap.polarisation as p where p.dataset = %(dataset)s;
