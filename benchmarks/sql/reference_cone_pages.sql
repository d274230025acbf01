explain (analyze, buffers, format json)
select * from trap.reference_cone(%(catalogue_id)s, %(ra)s, %(dec)s, %(radius)s, %(epoch)s);
