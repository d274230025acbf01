-- The images of a data set that can be associated anew from their stored measurements, in the order of processing.
-- reads: trap_data.image
-- writes: nothing
create function trap.replayable_image(p_dataset_id integer, p_status text)
returns table (
    image_id bigint, path text, digest text, taken_at timestamptz, freq_eff double precision, stokes text, origin_image_id bigint
)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select i.image_id, i.path, i.digest, i.taken_at, i.freq_eff, i.stokes::text, i.origin_image_id
    from trap_data.image as i
    where i.dataset_id = p_dataset_id and i.status::text = p_status
    order by i.taken_at, i.freq_eff, position(i.stokes::text in 'IQUV'), i.image_id;
end;
$$;
comment on function trap.replayable_image is
'The accepted or the rewound images of a data set, in the order in which they are to be associated; frequencies in Hz.';
