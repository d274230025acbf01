-- The polarisation of each source in each band and time step in which Stokes I was measured: peak flux densities of the images of one
-- time, band, duration and centre, blind or forced. The noise of different Stokes parameters is independent; ratios to one I are not.
-- reads: trap.curve_point, trap_data.measurement, trap_data.image, trap_data.image_leakage
create view trap.polarisation as
select
    s.dataset, s.dataset_id, s.source_id, s.band_id, s.taken_at, s.duration, s.v_measurement_id,
    s.i_flux, s.i_err, s.q_flux, s.q_err, s.u_flux, s.u_err, s.v_flux, s.v_err,
    s.q_flux / s.i_flux as q_over_i, trap.ratio_err(s.q_flux, s.q_err, s.i_flux, s.i_err) as q_over_i_err,
    s.u_flux / s.i_flux as u_over_i, trap.ratio_err(s.u_flux, s.u_err, s.i_flux, s.i_err) as u_over_i_err,
    s.q_flux * s.u_flux * power(s.i_err / (s.i_flux * s.i_flux), 2) as qu_covariance,
    s.v_flux / s.i_flux as v_over_i, trap.ratio_err(s.v_flux, s.v_err, s.i_flux, s.i_err) as v_over_i_err,
    abs(s.v_flux / s.i_flux) + 3 * trap.ratio_err(s.v_flux, s.v_err, s.i_flux, s.i_err) as v_over_i_limit,
    trap.handedness(s.v_flux) as handedness,
    p.linear_flux, p.linear_err,
    p.linear_flux / s.i_flux as linear_over_i, trap.ratio_err(p.linear_flux, p.linear_err, s.i_flux, s.i_err) as linear_over_i_err,
    abs(p.linear_flux / s.i_flux) + 3 * trap.ratio_err(p.linear_flux, p.linear_err, s.i_flux, s.i_err) as linear_over_i_limit,
    turn.angle, turn.angle_err,
    s.q_leakage, s.q_leakage_err, s.u_leakage, s.u_leakage_err, s.v_leakage, s.v_leakage_err, s.leakage_is_fitted,
    s.v_flux - s.v_leakage * s.i_flux as v_excess,
    sqrt(s.v_err * s.v_err + power(s.v_leakage * s.i_err, 2) + power(s.v_leakage_err * s.i_flux, 2)) as v_excess_err,
    (s.v_flux - s.v_leakage * s.i_flux)
    / sqrt(s.v_err * s.v_err + power(s.v_leakage * s.i_err, 2) + power(s.v_leakage_err * s.i_flux, 2)) as v_significance
from (
    select
        point.dataset, point.dataset_id, point.source_id, point.band_id, point.taken_at, point.duration,
        nullif(max(point.peak_flux) filter (where point.stokes = 'I'), 0) as i_flux,
        max(point.peak_flux_err) filter (where point.stokes = 'I') as i_err,
        max(point.peak_flux) filter (where point.stokes = 'Q') as q_flux,
        max(point.peak_flux_err) filter (where point.stokes = 'Q') as q_err,
        max(point.peak_flux) filter (where point.stokes = 'U') as u_flux,
        max(point.peak_flux_err) filter (where point.stokes = 'U') as u_err,
        max(point.peak_flux) filter (where point.stokes = 'V') as v_flux,
        max(point.peak_flux_err) filter (where point.stokes = 'V') as v_err,
        max(point.measurement_id) filter (where point.stokes = 'V') as v_measurement_id,
        max(point.leakage) filter (where point.stokes = 'Q') as q_leakage,
        max(point.leakage_err) filter (where point.stokes = 'Q') as q_leakage_err,
        max(point.leakage) filter (where point.stokes = 'U') as u_leakage,
        max(point.leakage_err) filter (where point.stokes = 'U') as u_leakage_err,
        max(point.leakage) filter (where point.stokes = 'V') as v_leakage,
        max(point.leakage_err) filter (where point.stokes = 'V') as v_leakage_err,
        bool_or(point.is_fitted) filter (where point.stokes = 'V') as leakage_is_fitted
    from (
        select
            c.dataset, c.dataset_id, c.source_id, i.band_id, i.taken_at, i.duration, i.ra, i.dec, i.stokes, m.measurement_id,
            m.peak_flux, m.peak_flux_err::double precision as peak_flux_err,
            k.is_fitted, expected.leakage, expected.leakage_err
        from trap.curve_point as c
        inner join trap_data.measurement as m on c.dataset_id = m.dataset_id and c.measurement_id = m.measurement_id
        inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
        left join trap_data.image_leakage as k on i.image_id = k.image_id
        cross join lateral trap.direction_cosines(i.ra, i.dec, m.ra, m.dec) as place
        cross join lateral trap.leakage_at(k.coefficients, k.covariance, k.scatter, place.l, place.m) as expected
        where m.usable
    ) as point
    group by
        point.dataset, point.dataset_id, point.source_id, point.band_id, point.taken_at, point.duration, point.ra, point.dec
    having bool_or(point.stokes = 'I') and bool_or(point.stokes <> 'I')
) as s
cross join lateral trap.debiased_linear(s.q_flux, s.u_flux, s.q_err, s.u_err) as p
cross join lateral trap.linear_angle(s.q_flux, s.u_flux, s.q_err, s.u_err) as turn;
comment on view trap.polarisation is
'The polarisation of each source in each band and time step in which Stokes I and another parameter were measured, from peak flux '
'densities of the images of one time, band, duration and centre. Ask for one source by dataset_id = trap.dataset_of_source(id) and source_id = id.';
comment on column trap.polarisation.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.polarisation.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.polarisation.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.polarisation.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.polarisation.taken_at is 'Start of the observation, UTC. {time.start;obs.exposure principal}';
comment on column trap.polarisation.duration is 'Length of the observation [s]. {time.duration;obs.exposure}';
comment on column trap.polarisation.v_measurement_id is 'Measurement in Stokes V. {meta.id}';
comment on column trap.polarisation.i_flux is 'Peak flux density in Stokes I [Jy/beam]. {phys.polarization.stokes.I;em.radio principal}';
comment on column trap.polarisation.i_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phys.polarization.stokes.I;em.radio}';
comment on column trap.polarisation.q_flux is
'Peak flux density in Stokes Q [Jy/beam]; NULL: not measured. {phys.polarization.stokes.Q;em.radio principal}';
comment on column trap.polarisation.q_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phys.polarization.stokes.Q;em.radio}';
comment on column trap.polarisation.u_flux is
'Peak flux density in Stokes U [Jy/beam]; NULL: not measured. {phys.polarization.stokes.U;em.radio principal}';
comment on column trap.polarisation.u_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phys.polarization.stokes.U;em.radio}';
comment on column trap.polarisation.v_flux is
'Peak flux density in Stokes V [Jy/beam]; NULL: not measured. {phys.polarization.stokes.V;em.radio principal}';
comment on column trap.polarisation.v_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phys.polarization.stokes.V;em.radio}';
comment on column trap.polarisation.q_over_i is 'Q over I [1]. {phys.polarization.stokes.Q;arith.ratio}';
comment on column trap.polarisation.q_over_i_err is 'Its error, 1 sigma [1]. {stat.error;phys.polarization.stokes.Q;arith.ratio}';
comment on column trap.polarisation.u_over_i is 'U over I [1]. {phys.polarization.stokes.U;arith.ratio}';
comment on column trap.polarisation.u_over_i_err is 'Its error, 1 sigma [1]. {stat.error;phys.polarization.stokes.U;arith.ratio}';
comment on column trap.polarisation.qu_covariance is
'Covariance of q_over_i and u_over_i, which have the error of I in common [1]. {stat.covariance;phys.polarization}';
comment on column trap.polarisation.v_over_i is 'V over I [1]. {phys.polarization.circular;arith.ratio principal}';
comment on column trap.polarisation.v_over_i_err is
'Its error, 1 sigma, without that of leakage [1]. {stat.error;phys.polarization.circular principal}';
comment on column trap.polarisation.v_over_i_limit is
'Largest |V| over I that agrees with it, at 3 sigma [1]. {phys.polarization.circular;stat.max}';
comment on column trap.polarisation.handedness is
'right (V above 0, as the IAU has it) or left. {meta.code;phys.polarization.circular principal}';
comment on column trap.polarisation.linear_flux is
'Linearly polarised peak flux density, debiased [Jy/beam]; NULL without Q or U. {phys.polarization.linear;em.radio principal}';
comment on column trap.polarisation.linear_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phys.polarization.linear;em.radio}';
comment on column trap.polarisation.linear_over_i is 'The same over I [1]. {phys.polarization.linear;arith.ratio principal}';
comment on column trap.polarisation.linear_over_i_err is 'Its error, 1 sigma [1]. {stat.error;phys.polarization.linear;arith.ratio}';
comment on column trap.polarisation.linear_over_i_limit is
'Largest linear share that agrees with it, at 3 sigma [1]. {phys.polarization.linear;stat.max}';
comment on column trap.polarisation.angle is
'Angle of linear polarisation, north through east, 0 to 180 [deg]. {phys.polarization.linear;pos.posAng principal}';
comment on column trap.polarisation.angle_err is
'Its error, 1 sigma, for a linear flux of 3 sigma or more [deg]. {stat.error;phys.polarization.linear;pos.posAng}';
comment on column trap.polarisation.q_leakage is
'Leakage of I into Q to be expected at the place, as a share of I [1]; NULL: not known. {phys.polarization;instr.calib;arith.ratio}';
comment on column trap.polarisation.q_leakage_err is
'Its error with the scatter about it, 1 sigma [1]. {stat.error;phys.polarization;instr.calib}';
comment on column trap.polarisation.u_leakage is
'Leakage of I into U to be expected at the place, as a share of I [1]; NULL: not known. {phys.polarization;instr.calib;arith.ratio}';
comment on column trap.polarisation.u_leakage_err is
'Its error with the scatter about it, 1 sigma [1]. {stat.error;phys.polarization;instr.calib}';
comment on column trap.polarisation.v_leakage is
'Leakage of I into V to be expected at the place, as a share of I [1]; NULL: not known. {phys.polarization;instr.calib;arith.ratio}';
comment on column trap.polarisation.v_leakage_err is
'Its error with the scatter about it, 1 sigma [1]. {stat.error;phys.polarization;instr.calib}';
comment on column trap.polarisation.leakage_is_fitted is
'Whether the leakage into V was fitted to the sources of the image, rather than configured. '
'{meta.code.qual;phys.polarization;instr.calib}';
comment on column trap.polarisation.v_excess is 'V less the leakage [Jy/beam]. {phys.polarization.circular;em.radio}';
comment on column trap.polarisation.v_excess_err is
'Its error with that of the leakage, 1 sigma [Jy/beam]. {stat.error;phys.polarization.circular;em.radio}';
comment on column trap.polarisation.v_significance is
'V less the leakage over its error, with the sign of V [sigma]. {stat.snr;phys.polarization.circular principal}';
