-- What polarisation says of a source in a band and Stokes parameter, as definitions ask for it: a figure is of some parameters only.
-- reads: trap.polarisation_summary
create view trap.polarised_source as
select
    p.dataset, p.dataset_id, p.source_id, p.band_id, s.stokes,
    case when s.stokes = 'V' then p.circular_fraction end as circular_fraction,
    case when s.stokes = 'V' then p.circular_significance end as circular_significance,
    case when s.stokes = 'I' then p.linear_over_i end as linear_over_i,
    case s.stokes
        when 'Q' then p.q_change_significance when 'U' then p.u_change_significance when 'V' then p.v_change_significance
    end as polarisation_change_significance
from trap.polarisation_summary as p
cross join (values ('I'), ('Q'), ('U'), ('V')) as s (stokes);
comment on view trap.polarised_source is
'What polarisation says of a source in a band and Stokes parameter, as definitions of transients ask for it.';
comment on column trap.polarised_source.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.polarised_source.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.polarised_source.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.polarised_source.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.polarised_source.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.polarised_source.circular_fraction is
'In V: share of I that V has beyond leakage, without the sign [1]. {phys.polarization.circular;arith.ratio principal}';
comment on column trap.polarised_source.circular_significance is
'In V: how significant that is, in one time step or over all [sigma]. {stat.snr;phys.polarization.circular principal}';
comment on column trap.polarised_source.linear_over_i is
'In I: linearly polarised share, debiased [1]. {phys.polarization.linear;arith.ratio principal}';
comment on column trap.polarised_source.polarisation_change_significance is
'In Q, U and V: how far the share of I changes beyond errors and leakage [sigma]. {stat.fit.goodness;src.var;phys.polarization principal}';
