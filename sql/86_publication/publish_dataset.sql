-- Publishes a data set: from now on nothing changes it. Again, with the same version, it changes what is said of it, such as a DOI
-- that was registered since. What does not agree with its measurements, or waits to be replayed, is not published.
-- reads: trap_data.image
-- writes: trap_data.publication
create function trap.publish_dataset(
    p_dataset text, p_version text, p_title text, p_creator text, p_licence text, p_doi text
) returns table (citable_name text, is_new boolean, checksum text, n_images bigint, n_measurements bigint, n_points bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_published record;
    v_problem text;
begin
    if (p_version ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$') is not true then
        raise exception 'a version cannot be "%": expected a letter or digit, then letters, digits, dots, underscores and hyphens, 32 at most',
        p_version using errcode = 'TR004';
    elsif p_doi !~ '^10\.[0-9]{4,9}/[^[:space:]]+$' then
        raise exception 'a DOI cannot be "%": expected one like 10.5281/zenodo.1234567, without an address before it', p_doi
        using errcode = 'TR004';
    end if;

    -- time steps wait; lock_dataset would refuse the second time
    perform pg_advisory_xact_lock(hashtext('trapdb data set'), v_dataset_id);
    select p.* into v_published
    from trap_data.publication as p
    where p.dataset_id = v_dataset_id and p.withdrawn_at is null;
    is_new := not found;
    if not is_new and v_published.version <> p_version then
        raise exception 'the data set is published as "%" and does not change any more', v_published.citable_name
        using errcode = 'TR006', hint = 'Another version is another data set.';
    elsif is_new then
        select p.* into v_published
        from trap_data.publication as p
        where p.dataset_name = p_dataset and p.version = p_version;
        if found then
            raise exception '"%" was withdrawn on %, and the name is used up', v_published.citable_name,
            to_char(v_published.withdrawn_at at time zone 'UTC', 'YYYY-MM-DD')
            using errcode = 'TR006', hint = 'Give another version.';
        end if;
        perform from trap_data.image as i where i.dataset_id = v_dataset_id and i.status = 'rewound';
        if found then
            raise exception 'data set "%" holds rewound images, which wait to be replayed', p_dataset
            using errcode = 'TR003', hint = format('Replay them first (trapdb dataset replay %L).', p_dataset);
        end if;
        perform from trap_data.image as i where i.dataset_id = v_dataset_id and i.status = 'accepted' limit 1;
        if not found then
            raise exception 'data set "%" holds no image: there is nothing to publish', p_dataset using errcode = 'TR003';
        end if;
        select v.problem into v_problem from trap.verify_dataset(p_dataset) as v limit 1;
        if found then
            raise exception 'the catalogue of data set "%" does not agree with its measurements: %', p_dataset, v_problem
            using errcode = 'TR003', hint = format('trapdb dataset verify %L lists every difference.', p_dataset);
        end if;
        insert into trap_data.publication (dataset_id, dataset_name, version, checksum, n_images, n_measurements, n_points)
        select v_dataset_id, p_dataset, p_version, c.*
        from trap.dataset_checksum(v_dataset_id) as c;
    end if;

    return query
    update trap_data.publication as p
    set
        title = coalesce(p_title, p.title), creator = coalesce(p_creator, p.creator), licence = coalesce(p_licence, p.licence),
        doi = coalesce(p_doi, p.doi)
    where p.dataset_id = v_dataset_id and p.withdrawn_at is null
    returning p.citable_name, is_new, p.checksum, p.n_images, p.n_measurements, p.n_points;
end;
$$;
comment on function trap.publish_dataset is
'Publishes a data set under a version, so that nothing changes it any more (TR006), or changes what is said of it: NULL leaves that as it '
'is. Returns its citable name, whether it is new, its checksum, and how many images, measurements and points are in that.';
