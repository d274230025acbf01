select * from trap.candidate as c
where c.dataset_id = %(dataset_id)s
order by c.eta_int desc
limit 20;
