-- over all data sets: everything that a light curve is made of
select count(*) as points, count(distinct c.dataset_id) as data_sets
from trap.lightcurve as c;
