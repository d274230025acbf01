-- The same sources as some_candidates has, as docs/queries.md asks for them: chosen by their running sums first.
select * from trap.candidate as c
where
    c.dataset_id = %(dataset_id)s
    and c.source_id = any(array(
        select v.source_id from trap.variability as v where v.dataset_id = %(dataset_id)s order by v.eta_int desc limit 20
    ))
order by c.eta_int desc;
