-- A light curve as a plan with the pages that it looked at, from memory or from disk.
explain (analyze, buffers, timing off, format json) select * from trap.lightcurve_of(%(source_id)s);
