-- What the archive holds, for its record: since when, times of observation (MJD), an interval a data set, and energies of photons
-- (J). Intervals that overlap are made one. Planck's constant and the speed of light are exact (SI, 2019).
with observed as (
    select
        min(t_min) as begins,
        greatest(max(t_min), max(t_max)) as ends
    from ivoa.obscore
    where dataproduct_type = 'image'
    group by obs_collection
),

received as (
    select distinct
        6.62607015e-34 * 299792458 / em_max as lowest,
        6.62607015e-34 * 299792458 / em_min as highest
    from ivoa.obscore
    where dataproduct_type = 'image' and em_max is not null
)

select
    (select min(created_at) from trap.dataset) as created_at,
    array(
        select array[lower(span), upper(span)]
        from (select unnest(range_agg(numrange(begins::numeric, ends::numeric, '[]'))) as span from observed) as spans
    )::double precision [] as times,
    array(
        select array[lower(span), upper(span)]
        from (select unnest(range_agg(numrange(lowest::numeric, highest::numeric, '[]'))) as span from received) as spans
    )::double precision [] as energies;
