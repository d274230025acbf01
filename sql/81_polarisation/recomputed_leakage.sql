-- The leakage of images from one on, as it follows from their sources; where they are too few, as the data set's configuration says.
-- Rows of the table itself: one that lacks a column would not compile.
-- reads: trap_data.dataset
-- writes: nothing
create function trap.recomputed_leakage(p_dataset_id integer, p_first_image_id bigint, p_source_ids bigint[])
returns setof trap_data.image_leakage
language sql stable parallel safe
begin atomic
select
    s.image_id, s.total_image_id, s.known_image_id, coalesce(cardinality(s.ratio), 0), fit.coefficients is not null,
    coalesce(fit.coefficients, array[0::double precision]), coalesce(fit.covariance, array[array[0::double precision]]),
    coalesce(fit.scatter, (d.configuration #>> '{polarisation,leakage}')::double precision)
from trap_data.dataset as d
cross join lateral trap.leakage_sample(p_dataset_id, p_first_image_id, p_source_ids) as s
cross join lateral trap.leakage_fit(
    s.ratio, s.ratio_err, s.l, s.m, (d.configuration #>> '{polarisation,leakage_degree}')::integer
) as fit
where d.dataset_id = p_dataset_id and d.configuration ? 'polarisation';
end;
comment on function trap.recomputed_leakage is
'The leakage of the images of Q, U and V from one on, computed from their sources; from all sources if p_source_ids is NULL.';
