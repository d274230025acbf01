-- The light curves of each data set by how unusual they are among all of it, which is computed whole when it is asked for.
-- reads: trap_data.dataset
create view trap.unusual_source as
select
    d.name as dataset, d.dataset_id, u.source_id, u.band_id, u.stokes, u.anomaly, u.flare, u.dip, u.scatter, u.contrast, u.brevity,
    u.smoothness
from trap_data.dataset as d
cross join lateral trap.unusual(d.name) as u;
comment on view trap.unusual_source is
'How unusual each light curve is among all of its data set: look at the largest anomalies first. Name the data set, all of which is read.';
comment on column trap.unusual_source.dataset is 'Name of the data set. {meta.id;meta.dataset principal indexed}';
comment on column trap.unusual_source.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.unusual_source.source_id is 'Source. {meta.id;src;meta.main principal}';
comment on column trap.unusual_source.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.unusual_source.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.unusual_source.anomaly is
'How unusual it is among all of the data set, 0 to 1: the sum of the rarities that follow, over the largest such sum [1]. '
'{stat.value;src.var principal}';
comment on column trap.unusual_source.flare is
'How rare its flare is: its peak above the median, over the error of that with the scatter of gains, as -ln of the share with as much [1]. '
'{stat.probability;src.var}';
comment on column trap.unusual_source.dip is 'The same of its least point below the median [1]. {stat.probability;src.var}';
comment on column trap.unusual_source.scatter is
'The same of the significance of eta, the scatter of gains taken off [1]. {stat.probability;src.var}';
comment on column trap.unusual_source.contrast is 'The same of its contrast [1]. {stat.probability;src.var}';
comment on column trap.unusual_source.brevity is 'The same of the share of points below half of the peak [1]. {stat.probability;src.var}';
comment on column trap.unusual_source.smoothness is 'The same of how little it differs from point to point [1]. {stat.probability;src.var}';
