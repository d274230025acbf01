-- Makes the tables that hand results from stage to stage within one time step. They are temporary, so that they can be analysed
-- (the planner's estimate of the index probe is off by three orders of magnitude otherwise) and leave nothing to vacuum.
-- reads: nothing
-- writes: pg_temp.time_step, pg_temp.detection, pg_temp.sibling_pair, pg_temp.candidate_pair, pg_temp.shared_pair, pg_temp.near_miss,
--   pg_temp.resolved_pair, pg_temp.suspect, pg_temp.moved_source, pg_temp.answer, pg_temp.seen, pg_temp.wanted_stamp
create function trap.create_stage_tables() returns void
language plpgsql volatile
set search_path from current
set client_min_messages = warning
as $$
begin
    -- tables of these names that the caller made are not ours to drop: that fails, and so nothing of the caller's is ever read
    drop table if exists pg_temp.time_step, pg_temp.detection, pg_temp.sibling_pair, pg_temp.candidate_pair,
    pg_temp.shared_pair, pg_temp.near_miss, pg_temp.resolved_pair, pg_temp.suspect, pg_temp.moved_source, pg_temp.answer, pg_temp.seen, pg_temp.wanted_stamp;

    -- the time step that is open: one row
    create temporary table time_step (
        dataset_id integer not null,
        taken_at timestamptz not null,
        first_image_id bigint not null
    ) on commit drop;

    -- the usable measurements of the image in hand: the blind ones, later the forced ones, which have neither S/N nor shape here
    create temporary table detection (
        measurement_id bigint not null,
        ra double precision not null,
        dec double precision not null,
        ra_err double precision,
        dec_err double precision,
        int_flux double precision not null,
        int_flux_err double precision not null,
        peak_flux double precision not null,
        peak_flux_err double precision not null,
        snr real,
        shape_weight double precision,
        shape_ll double precision,
        shape_lm double precision,
        shape_mm double precision,
        island integer,
        l double precision,
        m double precision,
        group_id bigint,
        pos spoint not null
    ) on commit drop;

    -- which of them belong together in the image
    create temporary table sibling_pair (
        measurement_id bigint not null,
        sibling_id bigint not null
    ) on commit drop;

    -- which of them lie within the limits of which source, and where that one's row is: nobody else writes to it in the meantime
    create temporary table candidate_pair (
        measurement_id bigint not null,
        source_id bigint not null,
        stored_at tid not null,
        de_ruiter_radius double precision not null,
        separation double precision not null
    ) on commit drop;

    -- those of them whose measurement or whose source is in another one, too: nearly all pairs are alone with both
    create temporary table shared_pair (
        measurement_id bigint not null,
        source_id bigint not null,
        stored_at tid not null,
        de_ruiter_radius double precision not null,
        separation double precision not null
    ) on commit drop;

    -- which are near each other and no candidates
    create temporary table near_miss (
        measurement_id bigint not null,
        source_id bigint not null
    ) on commit drop;

    -- what becomes of them: parent_id is the source from which a new branch comes; a forced fit is a pair that needs no match, and knows
    -- as little of rows as what has just been founded
    create temporary table resolved_pair (
        measurement_id bigint not null,
        source_id bigint not null,
        stored_at tid,
        parent_id bigint,
        kind trap_data.association_kind not null,
        de_ruiter_radius double precision,
        separation double precision
    ) on commit drop;

    -- which of them may be of a source beside their own that was not found, and where that one is
    create temporary table suspect (
        measurement_id bigint not null,
        missing_id bigint not null,
        ra double precision not null,
        dec double precision not null,
        separation double precision not null
    ) on commit drop;

    -- the sources whose indexed position moved
    create temporary table moved_source (
        source_id bigint not null
    ) on commit drop;

    -- the forced fits that a copied image needs, and those of its origin that answer them
    create temporary table answer (
        source_id bigint not null,
        kind text not null,
        ra double precision not null,
        dec double precision not null,
        deconvolved_major double precision,
        deconvolved_minor double precision,
        deconvolved_pa double precision,
        blended_row integer,
        origin_id bigint,
        is_blank boolean not null
    ) on commit drop;

    -- the sources found in each image of the time step
    create temporary table seen (
        image_id bigint not null,
        source_id bigint not null
    ) on commit drop;

    -- the stamps that the time step is to have, the most significant sources first; fits is known of those that were there before
    create temporary table wanted_stamp (
        number integer not null,
        source_id bigint not null,
        image_id bigint not null,
        ra double precision not null,
        dec double precision not null,
        size double precision not null,
        peak_flux double precision,
        fits bytea
    ) on commit drop;
end;
$$;
comment on function trap.create_stage_tables is 'Makes the tables that hand results from stage to stage within one time step.';
