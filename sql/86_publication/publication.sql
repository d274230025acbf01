-- The data sets that were published, with what is to be said of each when it is used.
-- reads: trap_data.publication
create view trap.publication as
select
    p.dataset_name as dataset, p.dataset_id, p.citable_name, p.version, p.title, p.creator, p.licence, p.doi, p.checksum,
    p.n_images, p.n_measurements, p.n_points, p.published_at, p.published_by, p.withdrawn_at, p.former_checksum
from trap_data.publication as p;
comment on view trap.publication is
'The data sets that were published, and do not change any more; those that were withdrawn stay here by their names.';
comment on column trap.publication.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.publication.dataset_id is 'Data set. {meta.id;meta.dataset}';
comment on column trap.publication.citable_name is 'What is cited: name of the data set, @ and the version. {meta.bib;meta.main principal}';
comment on column trap.publication.version is 'Version that was published. {meta.version;meta.dataset principal}';
comment on column trap.publication.title is 'Title; NULL: none given. {meta.title;meta.dataset principal}';
comment on column trap.publication.creator is 'Who made it; NULL: not told. {meta.bib.author}';
comment on column trap.publication.licence is 'Under which terms it may be used; NULL: not told. {meta.note;meta.curation principal}';
comment on column trap.publication.doi is 'DOI; NULL: none is registered. {meta.ref.doi principal}';
comment on column trap.publication.checksum is
'SHA-256 over its images, measurements and points of light curves. {meta.checksum;meta.dataset}';
comment on column trap.publication.n_images is 'Images that are in the checksum. {meta.number;obs.image}';
comment on column trap.publication.n_measurements is 'Measurements that are in it. {meta.number}';
comment on column trap.publication.n_points is 'Points of light curves that are in it. {meta.number}';
comment on column trap.publication.published_at is 'When it was published. {time.release;meta.dataset principal}';
comment on column trap.publication.published_by is 'User who published it. {meta.id;meta.curation}';
comment on column trap.publication.withdrawn_at is 'When it was withdrawn; NULL: it holds. {time.end;meta.dataset principal}';
comment on column trap.publication.former_checksum is
'Checksum under which it was published, if its numbers were rounded to four bytes since; NULL: they were not. '
'{meta.checksum;meta.dataset}';
