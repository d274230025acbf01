-- All points of a data set, as they lie.
select * from trap.lightcurve where dataset_id = {dataset_id}
