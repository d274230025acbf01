-- The reference catalogue by which the images of a data set are judged and corrected: the first one that its configuration names.
-- reads: trap_data.dataset, trap_data.dataset_reference, trap_data.reference_catalogue
-- writes: nothing
create function trap.first_reference(
    p_dataset_id integer,
    out catalogue_id integer, out catalogue text, out spectral_index_min double precision, out spectral_index_max double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_dataset trap_data.dataset%rowtype;
begin
    select d.* into v_dataset from trap_data.dataset as d where d.dataset_id = p_dataset_id;
    catalogue := v_dataset.configuration #>> '{reference,catalogues,0}';
    -- of several versions the one that was there first
    select k.catalogue_id, k.spectral_index_min, k.spectral_index_max into catalogue_id, spectral_index_min, spectral_index_max
    from trap_data.dataset_reference as k
    inner join trap_data.reference_catalogue as c on k.catalogue_id = c.catalogue_id
    where k.dataset_id = p_dataset_id and c.name = catalogue
    order by k.catalogue_id
    limit 1;
    if not found then
        raise exception 'the images of data set "%" are to be compared with reference catalogue "%", and that is not there any more',
        v_dataset.name, catalogue
        using
            errcode = 'TR002',
            hint = format(
                'load it again (trapdb reference add), then trapdb reference match %s --dataset %s', catalogue, v_dataset.name
            );
    end if;
end;
$$;
comment on function trap.first_reference is
'The first reference catalogue that the configuration of a data set names, with the range of spectral indices [1] of sources for which none '
'is known.';
