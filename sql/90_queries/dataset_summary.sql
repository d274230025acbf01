-- What a data set holds, in one row.
-- reads: trap.dataset, trap.image, trap.band, trap.pipeline_run, trap.running_catalogue
-- writes: nothing
create function trap.dataset_summary(p_dataset text) returns table (
    dataset text, dataset_id integer, created_at timestamptz, time_steps integer, images_accepted bigint,
    images_rejected bigint, images_rewound bigint, first_taken_at timestamptz, last_taken_at timestamptz,
    bands bigint, sources bigint, runs bigint, published_as text,
    configuration jsonb
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    return query
    select
        d.dataset, d.dataset_id, d.created_at, d.time_steps, images.accepted, images.rejected, images.rewound,
        images.first_taken_at, d.last_taken_at,
        (select count(*) from trap.band as b where b.dataset_id = v_dataset_id),
        (select count(*) from trap.running_catalogue as c where c.dataset_id = v_dataset_id and not c.monitored),
        (select count(*) from trap.pipeline_run as r where r.dataset_id = v_dataset_id),
        d.published_as, d.configuration
    from trap.dataset as d
    cross join (
        select
            count(*) filter (where i.status = 'accepted') as accepted,
            count(*) filter (where i.status = 'rejected') as rejected,
            count(*) filter (where i.status = 'rewound') as rewound,
            min(i.taken_at) filter (where i.status = 'accepted') as first_taken_at
        from trap.image as i
        where i.dataset_id = v_dataset_id
    ) as images
    where d.dataset_id = v_dataset_id;
end;
$$;
comment on function trap.dataset_summary is
'What a data set holds: time steps, images accepted, rejected and rewound, their first and last time (UTC), bands, sources, runs, the '
'citable name under which it is published, and its configuration.';
