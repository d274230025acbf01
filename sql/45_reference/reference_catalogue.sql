-- The reference catalogues.
-- reads: trap_data.reference_catalogue
create view trap.reference_catalogue as
select
    c.name as catalogue, c.version, c.catalogue_id, c.kind, c.n_sources, c.frequency, c.bandwidth, c.beam_major, c.beam_minor,
    c.epoch_first, c.epoch_last, c.flux_limit, c.completeness, c.systematic_err, c.largest_scale, c.pm_max,
    c.coverage::text as coverage, area(c.coverage) * power(180 / pi(), 2) as area, c.n_outside, c.density_mean, c.licence, c.origin,
    c.digest, c.column_map, c.dataset_id, c.loaded_at, case when trap.is_insider() then c.loaded_by end as loaded_by
from trap_data.reference_catalogue as c;
comment on view trap.reference_catalogue is 'The reference catalogues, with what decides whether a source should be in one.';
comment on column trap.reference_catalogue.catalogue is 'Name given by the user. {meta.id;meta.table principal indexed}';
comment on column trap.reference_catalogue.version is 'Version of it; unique with the name. {meta.version;meta.table principal}';
comment on column trap.reference_catalogue.catalogue_id is 'Identifier, never used twice. {meta.id;meta.table;meta.main principal indexed}';
comment on column trap.reference_catalogue.kind is
'Known kind whose columns it has; NULL for columns as in its column map. {meta.code.class;meta.table}';
comment on column trap.reference_catalogue.n_sources is 'Number of its sources. {meta.number;src principal}';
comment on column trap.reference_catalogue.frequency is
'Frequency of its flux densities, where a source has none of its own [Hz]. {em.freq principal}';
comment on column trap.reference_catalogue.bandwidth is 'Bandwidth [Hz]. {instr.bandwidth}';
comment on column trap.reference_catalogue.beam_major is 'Restoring beam, major axis FWHM [deg]. {phys.angSize.smajAxis;instr.beam}';
comment on column trap.reference_catalogue.beam_minor is 'Restoring beam, minor axis FWHM [deg]. {phys.angSize.sminAxis;instr.beam}';
comment on column trap.reference_catalogue.epoch_first is
'When it was observed first, or the first epoch of its sources, Julian years [yr]. {time.epoch;stat.min principal}';
comment on column trap.reference_catalogue.epoch_last is
'When it was observed last, or the last epoch of its sources, Julian years [yr]. {time.epoch;stat.max principal}';
comment on column trap.reference_catalogue.flux_limit is
'Flux density above which it is complete, as far as completeness says [Jy]. {phot.flux.density;em.radio;stat.min principal}';
comment on column trap.reference_catalogue.completeness is
'Share of the sources at the flux limit that it lists [1]. {stat.probability;instr.sensitivity}';
comment on column trap.reference_catalogue.systematic_err is
'Systematic error of its positions, in each coordinate, that is not in the errors of the sources [deg]. {stat.error.sys;pos.eq}';
comment on column trap.reference_catalogue.largest_scale is 'Largest angular scale that was observed [deg]. {phys.angSize;stat.max}';
comment on column trap.reference_catalogue.pm_max is
'Largest total proper motion of its sources; NULL: none has one [mas/yr]. {pos.pm;stat.max}';
comment on column trap.reference_catalogue.coverage is
'Where on the sky it was observed: a MOC as text; NULL: not known. {pos.outline;obs.field}';
comment on column trap.reference_catalogue.area is 'Area of that; NULL: not known [deg^2]. {phys.angArea;obs.field}';
comment on column trap.reference_catalogue.n_outside is
'Number of its sources that lie outside of that; NULL: not known. {meta.number;src}';
comment on column trap.reference_catalogue.density_mean is
'Number of its sources per area: where it covers, if that is known, else of the cells of the sky in which it has any [deg^-2]. '
'{src.density;stat.mean}';
comment on column trap.reference_catalogue.licence is 'Under which terms it may be used. {meta.note;meta.curation}';
comment on column trap.reference_catalogue.origin is 'What it is and who made it, to be cited. {meta.bib principal}';
comment on column trap.reference_catalogue.digest is 'SHA-256 of the file that it was loaded from. {meta.checksum;meta.file}';
comment on column trap.reference_catalogue.column_map is 'Which columns of the file are which of trap.reference_source. {meta.note}';
comment on column trap.reference_catalogue.dataset_id is 'Data set that it was made of; NULL for one from a file. {meta.id;meta.dataset}';
comment on column trap.reference_catalogue.loaded_at is 'When it was loaded. {time.creation;meta.table}';
comment on column trap.reference_catalogue.loaded_by is 'Who loaded it; NULL for the public. {meta.id;meta.curation}';
