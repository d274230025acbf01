-- The sources of a band in a part of the eta-V plane: those beyond both thresholds first, the largest eta first, and the figure of each by
-- which it is coloured, one of trap.definition_column.
with shown as materialized (
    select f.*
    from (
        select
            v.source_id,
            case when %(peak)s then v.eta_peak else v.eta_int end as eta,
            case when %(peak)s then v.v_peak else v.v_int end as v
        from trap.variability as v
        where v.dataset_id = %(dataset_id)s and v.band_id = %(band_id)s and v.stokes = %(stokes)s and v.n > 1 and not v.monitored
    ) as f
    where
        f.eta >= power(10, %(eta_low)s) and f.eta < power(10, %(eta_high)s)
        and f.v >= power(10, %(v_low)s) and f.v < power(10, %(v_high)s)
    order by (f.eta >= %(eta_from)s and f.v >= %(v_from)s) desc, f.eta desc, f.source_id
    limit %(most)s
),

-- what is of the data set as a whole, and of its counterparts: read if it is asked for
usual as materialized (
    select u.*
    from trap.field_variability(%(dataset_id)s) as u
    where %(figure)s::text in ('eta_int_field_sigma', 'v_int_field_sigma') and u.band_id = %(band_id)s and u.stokes = %(stokes)s
),

searched as materialized (
    select sum(i.signs * i.elements) as elements
    from trap.searched_image as i
    where %(figure)s::text = 'noise_chance' and i.dataset_id = %(dataset_id)s
),

known as materialized (
    select k.*
    from trap.reference_counterpart as k
    where
        starts_with(%(figure)s::text, 'reference_') and k.dataset_id = %(dataset_id)s
        and k.source_id in (select source_id from shown)
),

flux as materialized (
    select k.*
    from trap.reference_flux as k
    where
        starts_with(%(figure)s::text, 'reference_flux') and k.dataset_id = %(dataset_id)s and k.band_id = %(band_id)s
        and k.stokes = %(stokes)s
),

absent as materialized (
    select k.*
    from trap.reference_absent_most as k
    where
        starts_with(%(figure)s::text, 'reference_absent') and k.dataset_id = %(dataset_id)s and k.band_id = %(band_id)s
        and k.stokes = %(stokes)s
),

turned as materialized (
    select k.*
    from trap.polarised_source as k
    where
        %(figure)s::text in ('circular_fraction', 'circular_significance', 'linear_over_i', 'polarisation_change_significance')
        and k.dataset_id = %(dataset_id)s and k.band_id = %(band_id)s and k.stokes = %(stokes)s
        and k.source_id in (select source_id from shown)
)

select p.source_id, s.name, p.eta, p.v, (j.figures ->> %(figure)s)::double precision as figure
from shown as p
inner join trap.running_catalogue as s on s.dataset_id = %(dataset_id)s and p.source_id = s.source_id
left join lateral (
    select
        to_jsonb(w) || coalesce(to_jsonb(found), '{}')
        || jsonb_build_object(
            'eta_int_field_sigma', (log(nullif(w.eta_int, 0)) - usual.log_eta_mean) / nullif(usual.log_eta_sigma, 0),
            'v_int_field_sigma', (log(nullif(greatest(0, w.v_int), 0)) - usual.log_v_mean) / nullif(usual.log_v_sigma, 0),
            'other_band_significance', (
                select max(o.eta_int_significance)
                from trap.variability as o
                where
                    o.dataset_id = %(dataset_id)s and o.source_id = p.source_id
                    and (o.band_id, o.stokes) <> (%(band_id)s, %(stokes)s)
            ),
            'noise_chance', trap.noise_chance(trap.noise_peaks(searched.elements, w.snr_max)),
            'reference_count', coalesce(known.reference_count, 0)
        )
        || coalesce(to_jsonb(known) - 'reference_count', '{}') || coalesce(to_jsonb(flux), '{}') || coalesce(to_jsonb(absent), '{}')
        || coalesce(to_jsonb(turned), '{}') as figures
    from trap.variability as w
    left join trap.new_source as found
        on
            found.dataset_id = %(dataset_id)s and w.source_id = found.source_id and w.band_id = found.band_id and w.stokes = found.stokes
    left join usual on true
    left join searched on true
    left join known on w.source_id = known.source_id
    left join flux on w.source_id = flux.source_id
    left join absent on w.source_id = absent.source_id
    left join turned on w.source_id = turned.source_id
    where
        w.dataset_id = %(dataset_id)s and w.source_id = p.source_id and w.band_id = %(band_id)s and w.stokes = %(stokes)s
    limit 1
) as j on %(figure)s::text is not null
order by (p.eta >= %(eta_from)s and p.v >= %(v_from)s) desc, p.eta desc, p.source_id;
