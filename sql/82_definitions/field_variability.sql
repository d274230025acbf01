-- What is usual in a field: the mean and standard deviation of log10 eta and log10 V of its sources, by band and Stokes parameter,
-- clipped at 3 sigma until no source leaves any more. The sources are read once, into a histogram with bins of 0.02, and clipped there.
-- Clipping begins about the median, with the width of the lower half: what varies lies above, and where much does, a clip that begins
-- with all sources is so wide that none leaves.
-- Source: Rowlinson et al. 2019, Astronomy and Computing 27, 111, section 3; the beginning is ours.
-- reads: trap.variability
-- writes: nothing
create function trap.field_variability(p_dataset_id integer, p_peak boolean default false)
returns table (
    band_id bigint, stokes text, n_sources bigint, log_eta_mean double precision, log_eta_sigma double precision,
    log_v_mean double precision, log_v_sigma double precision
)
language sql stable parallel safe
begin atomic
with recursive joint as materialized (
    select f.band_id, f.stokes, round(50 * log(f.eta))::integer as eta_bin, round(50 * log(f.v))::integer as v_bin, count(*) as n
    from (
        select
            v.band_id, v.stokes, case when p_peak then v.eta_peak else v.eta_int end as eta,
            case when p_peak then v.v_peak else v.v_int end as v
        from trap.variability as v
        where v.dataset_id = p_dataset_id and v.n > 1 and not v.monitored
        -- reckoned once for each source, not once for each use, and by workers (trap.fulfilled_by)
        offset bigint '0'
    ) as f
    where f.eta > 0 and f.v > 0
    group by 1, 2, 3, 4
),

histogram as materialized (
    select j.band_id, j.stokes, 'eta' as figure, j.eta_bin / 50.0::double precision as x, sum(j.n)::double precision as n
    from joint as j
    group by j.band_id, j.stokes, j.eta_bin
    union all
    select j.band_id, j.stokes, 'v' as figure, j.v_bin / 50.0::double precision, sum(j.n)::double precision
    from joint as j
    group by j.band_id, j.stokes, j.v_bin
),

share as (
    select
        h.*,
        (sum(h.n) over (partition by h.band_id, h.stokes, h.figure order by h.x) - h.n)
        / sum(h.n) over (partition by h.band_id, h.stokes, h.figure) as below
    from histogram as h
),

clipped as (
    select
        s.band_id, s.stokes, s.figure, 0 as round, sum(s.n) as n, max(s.x) filter (where s.below < 0.5) as mean,
        -- of a normal distribution 31.7 % of the lower half lie farther than a standard deviation from the median; a bin at the least
        greatest(max(s.x) filter (where s.below < 0.5) - max(s.x) filter (where s.below < 0.1587), 0.02) as sigma
    from share as s
    group by s.band_id, s.stokes, s.figure
    union all
    select c.band_id, c.stokes, c.figure, c.round + 1, kept.n, kept.mean, kept.sigma
    from clipped as c
    cross join lateral (
        select
            sum(h.n) as n, sum(h.n * h.x) / sum(h.n) as mean,
            sqrt(greatest(0, sum(h.n * h.x * h.x) - sum(h.n * h.x) * sum(h.n * h.x) / sum(h.n)) / nullif(sum(h.n) - 1, 0)) as sigma
        from histogram as h
        where h.band_id = c.band_id and h.stokes = c.stokes and h.figure = c.figure
            and h.x between c.mean - 3 * c.sigma and c.mean + 3 * c.sigma
    ) as kept
    where c.round < 30 and (c.round < 2 or kept.n < c.n)
),

fitted as (
    select distinct on (c.band_id, c.stokes, c.figure)
        c.band_id, c.stokes, c.figure, c.n, c.mean, c.sigma
    from clipped as c
    order by c.band_id, c.stokes, c.figure, c.round desc
)

select e.band_id, e.stokes, e.n::bigint, e.mean, e.sigma, v.mean, v.sigma
from fitted as e
inner join fitted as v on e.band_id = v.band_id and e.stokes = v.stokes and v.figure = 'v'
where e.figure = 'eta'
order by e.band_id, e.stokes;
end;
comment on function trap.field_variability is
'What is usual in a data set, by band and Stokes parameter: mean and standard deviation, clipped at 3 sigma, of the logarithms to base 10 '
'of eta_int and v_int [1], or with p_peak of eta_peak and v_peak, over its sources with two points or more; n_sources is the number that '
'remained for eta.';
