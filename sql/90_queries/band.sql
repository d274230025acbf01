-- The frequency bands.
-- reads: trap_data.band, trap_data.dataset
create view trap.band as
select d.name as dataset, b.dataset_id, b.band_id, b.freq_central, b.freq_low, b.freq_high
from trap_data.band as b
inner join trap_data.dataset as d on b.dataset_id = d.dataset_id;
comment on view trap.band is 'The frequency bands of each data set.';
comment on column trap.band.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.band.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.band.band_id is 'Band. {meta.id;instr.bandpass;meta.main principal indexed}';
comment on column trap.band.freq_central is 'Effective frequency of the image that made the band [Hz]. {em.freq principal}';
comment on column trap.band.freq_low is 'Lower edge [Hz]. {em.freq;stat.min principal}';
comment on column trap.band.freq_high is 'Upper edge [Hz]. {em.freq;stat.max principal}';
