-- Light curves of some sources, each in a band, as far as a small picture shows them: their latest points.
select a.number::integer as number, p.taken_at, p.flux, p.flux_err, p.found
from unnest(%(source_ids)s::bigint[], %(band_ids)s::bigint[], %(stokes)s::text[])
with ordinality as a (source_id, band_id, stokes, number)
cross join lateral (
    select c.taken_at, c.int_flux as flux, c.int_flux_err as flux_err, c.kind = 'blind' as found
    from trap.lightcurve as c
    where
        c.dataset_id = %(dataset_id)s and c.source_id = a.source_id and c.band_id = a.band_id and c.stokes = a.stokes and c.usable
    order by c.taken_at desc, c.measurement_id desc
    limit %(most)s
) as p
order by a.number, p.taken_at;
