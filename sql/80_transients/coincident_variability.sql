-- Variability of each source in all its bands and Stokes parameters together: the sum of their chi squared against steady fluxes,
-- each with its own mean. A change too weak in every single band can show in all of them.
-- reads: trap.variability
create view trap.coincident_variability as
select
    s.dataset,
    s.dataset_id,
    s.source_id,
    s.n,
    s.n_bands,
    s.n_varying,
    s.chi_squared,
    s.degrees_of_freedom,
    trap.eta_significance(s.degrees_of_freedom + 1, s.chi_squared / s.degrees_of_freedom) as significance
from (
    select
        v.dataset, v.dataset_id, v.source_id, sum(v.n)::integer as n, count(*)::integer as n_bands,
        (count(*) filter (where v.eta_int_significance >= 3))::integer as n_varying,
        sum(v.eta_int * (v.n - 1)) as chi_squared, nullif(sum(v.n - 1), 0)::integer as degrees_of_freedom
    from trap.variability as v
    group by v.dataset, v.dataset_id, v.source_id
) as s;
comment on view trap.coincident_variability is
'Variability of the integrated flux density of each source over all its bands and Stokes parameters together.';
comment on column trap.coincident_variability.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.coincident_variability.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.coincident_variability.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.coincident_variability.n is 'Usable points in all bands. {meta.number;obs principal}';
comment on column trap.coincident_variability.n_bands is 'Bands, each Stokes parameter counted. {meta.number;instr.bandpass principal}';
comment on column trap.coincident_variability.n_varying is
'Those in which eta lies 3 sigma or more above what a steady source gives. {meta.number;src.var principal}';
comment on column trap.coincident_variability.chi_squared is
'Sum of the bands'' weighted squares about their weighted means [1]. {stat.fit.chi2;src.var}';
comment on column trap.coincident_variability.degrees_of_freedom is
'Points less bands; NULL where each band has one point. {stat.fit.dof;src.var}';
comment on column trap.coincident_variability.significance is
'How far that chi squared lies above what a steady source gives [sigma]; 0 where each band has one point. '
'{stat.fit.goodness;src.var principal}';
