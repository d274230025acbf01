-- Associates the blind measurements of an image with the catalogue: the stages in their order.
-- reads: nothing but in its stages
-- writes: nothing but in its stages
create function trap.associate_image(p_image_id bigint)
returns table (associated integer, forked integer, new_sources integer)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform trap.load_image(p_image_id);
    perform trap.group_detections(p_image_id);
    perform trap.find_candidate_pairs(p_image_id);
    perform trap.keep_neighbours_apart(p_image_id);
    perform trap.resolve_pairs();
    perform trap.set_blends_aside(p_image_id);
    perform trap.fork_sources(p_image_id);
    perform trap.update_positions(p_image_id);
    perform trap.add_new_sources(p_image_id);
    perform trap.update_fluxes(p_image_id);
    perform trap.add_associations(p_image_id, p_image_id, false);
    perform trap.limit_new_sources(p_image_id);
    perform trap.match_sources(
        trap.dataset_of(p_image_id),
        array(
            select m.source_id from pg_temp.moved_source as m
            union
            select p.source_id from pg_temp.resolved_pair as p where p.kind = 'new' or p.parent_id is not null
        )
    );
    return query
    select
        (count(*) filter (where p.kind <> 'new'))::integer,
        (count(*) filter (where p.parent_id is not null))::integer,
        (count(*) filter (where p.kind = 'new'))::integer
    from pg_temp.resolved_pair as p;
end;
$$;
comment on function trap.associate_image is
'Associates the blind measurements of an image of the open time step with the catalogue; returns the counts of pairs, of new '
'branches and of new sources.';
