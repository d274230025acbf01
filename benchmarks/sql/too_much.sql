-- A question that takes far longer than anybody waits.
select
    one.source_id, max(abs(one.int_flux - other.int_flux)) as largest
from trap.lightcurve as one
inner join trap.lightcurve as other using (dataset_id, source_id)
group by one.source_id
order by 2 desc;
