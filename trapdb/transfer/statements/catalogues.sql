-- The reference catalogues with which a data set was matched, or by which its images were corrected.
select c.name, c.version, c.digest, c.n_sources, c.catalogue_id
from trap_data.reference_catalogue as c
where
    exists (select from trap_data.dataset_reference as r where r.dataset_id = {dataset} and r.catalogue_id = c.catalogue_id)
    or exists (select from trap_data.reference_match as m where m.dataset_id = {dataset} and m.catalogue_id = c.catalogue_id)
    or exists (
        select
        from trap_data.image_correction as k
        where trap.is_in_dataset(k.image_id, {dataset}) and k.catalogue_id = c.catalogue_id
    )
order by c.catalogue_id
