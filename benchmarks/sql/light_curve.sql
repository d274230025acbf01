select * from trap.lightcurve_of(%(source_id)s);
