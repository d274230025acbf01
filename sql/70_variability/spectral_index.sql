-- Spectral index of each source: a straight line through the logarithms of its weighted mean fluxes in its bands, against the
-- logarithm of frequency, with weights by error. Bands without a positive mean have no logarithm and take no part; of Q, U and V it is
-- the size of the mean. The bands of a source that varies may have been observed at different times: the error of a mean is scaled to the
-- scatter about it.
-- reads: trap_data.source_flux, trap_data.band, trap_data.dataset
create view trap.spectral_index as
select
    d.name as dataset,
    s.dataset_id,
    s.source_id,
    s.stokes::text as stokes,
    s.n_bands,
    s.freq_low,
    s.freq_high,
    (s.w * s.wxy - s.wx * s.wy) / nullif(s.w * s.wxx - s.wx * s.wx, 0) as spectral_index,
    sqrt(s.w / nullif(s.w * s.wxx - s.wx * s.wx, 0)) as spectral_index_err
from (
    select
        p.dataset_id, p.source_id, p.stokes, count(*) as n_bands, min(p.freq) as freq_low, max(p.freq) as freq_high,
        sum(p.w) as w, sum(p.w * p.x) as wx, sum(p.w * p.y) as wy, sum(p.w * p.x * p.x) as wxx, sum(p.w * p.x * p.y) as wxy
    from (
        select
            f.dataset_id, f.source_id, f.stokes, b.freq_central as freq,
            -- about a frequency near those of radio astronomy, so that less cancels
            ln(b.freq_central / 1e9) as x,
            ln(trap.brightness(f.either_sign, f.int_weighted_mean)) as y,
            -- the error of the logarithm is the relative error
            f.int_weight * f.int_weighted_mean * f.int_weighted_mean
            / greatest(1, trap.reduced_chi_squared(f.n, f.int_weighted_m2)) as w
        from trap_data.source_flux as f
        inner join trap_data.band as b on f.band_id = b.band_id
        where trap.brightness(f.either_sign, f.int_weighted_mean) > 0
    ) as p
    group by p.dataset_id, p.source_id, p.stokes
    having count(*) > 1
) as s
inner join trap_data.dataset as d on s.dataset_id = d.dataset_id;
comment on view trap.spectral_index is
'Spectral index of each source with a positive weighted mean flux in two bands or more, where there is either sign by its size, from the means over '
'all its time: S ~ nu^index. '
'Of a source that varies, the bands'' means may be of different times: the error grows with its scatter.';
comment on column trap.spectral_index.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.spectral_index.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.spectral_index.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.spectral_index.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.spectral_index.n_bands is 'Bands with a positive mean, where there is either sign any but 0. {meta.number;instr.bandpass principal}';
comment on column trap.spectral_index.freq_low is 'Lowest frequency among them [Hz]. {em.freq;stat.min}';
comment on column trap.spectral_index.freq_high is 'Highest frequency among them [Hz]. {em.freq;stat.max}';
comment on column trap.spectral_index.spectral_index is
'Exponent of the flux density''s dependence on frequency [1]. {spect.index;em.radio principal}';
comment on column trap.spectral_index.spectral_index_err is
'Its error, from the errors of the means, scaled by the root of eta where that is above 1; 1 sigma [1]. '
'{stat.error;spect.index;em.radio principal}';
