-- What fulfils a definition, or conditions, by one of its figures, from a place in this order on, or backwards from it; and the image in
-- which it is brightest.
select
    c.source_id, c.name, c.ra, c.dec, c.band_id, b.freq_central, c.stokes, c.n, c.n_blind, c.int_flux_mean, c.v_int, c.eta_int,
    c.eta_int_significance, c.snr_max, c.peak_flux_max, c.max_significance, c.before_significance, c.noise_chance, c.first_seen, c.last_seen,
    trap.image_of(v.max_measurement_id) as max_image_id, c.place
from (
    select t.*, o.place
    from (
        select
            f.*,
            case %(by)s::text
                when 'first_seen' then extract(epoch from f.first_seen)::double precision
                when 'last_seen' then extract(epoch from f.last_seen)::double precision
                else (to_jsonb(f) ->> %(by)s::text)::double precision
            end as figure
        from trap.transient_by_definition(%(definition)s, %(dataset)s, null, %(conditions)s) as f
    ) as t
    cross join lateral (
        select
            case when %(backwards)s then -1 else 1 end as way,
            coalesce(case when %(ascending)s then -t.figure else t.figure end, '-infinity') as place
    ) as o
    where
        %(place)s::double precision is null
        or o.way * o.place < o.way * %(place)s::double precision
        or (
            o.place = %(place)s::double precision
            and case
                when %(backwards)s then (t.source_id, t.band_id, t.stokes) < (%(source_id)s, %(band_id)s, %(stokes)s)
                else (t.source_id, t.band_id, t.stokes) > (%(source_id)s, %(band_id)s, %(stokes)s)
            end
        )
    order by
        o.way * o.place desc, o.way * t.source_id, o.way * t.band_id,
        case when %(backwards)s then t.stokes end desc, t.stokes
    limit %(most)s
) as c
left join trap.band as b on b.dataset_id = %(dataset_id)s and c.band_id = b.band_id
left join lateral (
    select w.max_measurement_id
    from trap.variability as w
    where w.dataset_id = %(dataset_id)s and w.source_id = c.source_id and w.band_id = c.band_id and w.stokes = c.stokes
    limit 1
) as v on true
order by c.place desc, c.source_id, c.band_id, c.stokes;
