-- The sources whose fluxes scatter most, over whole light curves.
select source_id, stddev_pop(int_flux) as spread from trap.lightcurve
where dataset_id = %(dataset_id)s group by source_id order by spread desc limit 100
