-- The polarisation of each source in each band over all its time steps: ratios of sums, which a source that varies does not bias. What
-- leakage leaves uncertain is taken to be the same in all of them. A change is told by how far the time steps lie from one share of I,
-- leakage allowed for; linear in the fluxes, so that it holds where I is faint.
-- reads: trap.polarisation
create view trap.polarisation_summary as
select
    t.dataset, t.dataset_id, t.source_id, t.band_id, t.n_q, t.n_u, t.n_v,
    t.q_sum / t.i_of_q as q_over_i, trap.ratio_err(t.q_sum, t.q_err, t.i_of_q, t.iq_err) as q_over_i_err,
    t.u_sum / t.i_of_u as u_over_i, trap.ratio_err(t.u_sum, t.u_err, t.i_of_u, t.iu_err) as u_over_i_err,
    t.v_sum / t.i_of_v as v_over_i, trap.ratio_err(t.v_sum, t.v_err, t.i_of_v, t.iv_err) as v_over_i_err,
    abs(t.v_sum / t.i_of_v) + 3 * trap.ratio_err(t.v_sum, t.v_err, t.i_of_v, t.iv_err) as v_over_i_limit,
    trap.handedness(t.v_sum) as handedness,
    p.linear_flux / t.i_of_q as linear_over_i, trap.ratio_err(p.linear_flux, p.linear_err, t.i_of_q, t.iq_err) as linear_over_i_err,
    abs(p.linear_flux / t.i_of_q) + 3 * trap.ratio_err(p.linear_flux, p.linear_err, t.i_of_q, t.iq_err) as linear_over_i_limit,
    turn.angle, turn.angle_err,
    excess.significance as v_significance,
    case when abs(t.brightest_significance) > abs(excess.significance) then t.brightest_at end as circular_at,
    case
        when abs(t.brightest_significance) > abs(excess.significance) then t.brightest_share
        else abs(t.v_excess_sum / t.i_of_v)
    end as circular_fraction,
    greatest(abs(t.brightest_significance), abs(excess.significance)) as circular_significance,
    trap.eta_significance(t.n_q, trap.reduced_chi_squared(t.n_q, t.q_chi_squared)) as q_change_significance,
    trap.eta_significance(t.n_u, trap.reduced_chi_squared(t.n_u, t.u_chi_squared)) as u_change_significance,
    trap.eta_significance(t.n_v, trap.reduced_chi_squared(t.n_v, t.v_chi_squared)) as v_change_significance
from (
    select
        x.dataset, x.dataset_id, x.source_id, x.band_id,
        count(x.q_flux)::integer as n_q, count(x.u_flux)::integer as n_u, count(x.v_flux)::integer as n_v,
        sum(x.q_flux) as q_sum, sqrt(sum(x.q_err * x.q_err)) as q_err,
        nullif(sum(x.i_flux) filter (where x.q_flux is not null), 0) as i_of_q,
        sqrt(sum(x.i_err * x.i_err) filter (where x.q_flux is not null)) as iq_err,
        sum(x.u_flux) as u_sum, sqrt(sum(x.u_err * x.u_err)) as u_err,
        nullif(sum(x.i_flux) filter (where x.u_flux is not null), 0) as i_of_u,
        sqrt(sum(x.i_err * x.i_err) filter (where x.u_flux is not null)) as iu_err,
        sum(x.v_flux) as v_sum, sqrt(sum(x.v_err * x.v_err)) as v_err,
        nullif(sum(x.i_flux) filter (where x.v_flux is not null), 0) as i_of_v,
        sqrt(sum(x.i_err * x.i_err) filter (where x.v_flux is not null)) as iv_err,
        sum(x.v_excess) as v_excess_sum,
        sqrt(
            sum(x.v_err * x.v_err + power(x.v_leakage * x.i_err, 2)) + power(sum(x.v_leakage_err * x.i_flux), 2)
        ) as v_excess_sum_err,
        (array_agg(x.v_significance order by abs(x.v_significance) desc nulls last, x.taken_at))[1] as brightest_significance,
        (array_agg(abs(x.v_excess / x.i_flux) order by abs(x.v_significance) desc nulls last, x.taken_at))[1] as brightest_share,
        (array_agg(x.taken_at order by abs(x.v_significance) desc nulls last, x.taken_at))[1] as brightest_at,
        sum(power(x.q_flux - (coalesce(x.q_leakage, 0) + x.q_share) * x.i_flux, 2) / (
            x.q_err * x.q_err + power((coalesce(x.q_leakage, 0) + x.q_share) * x.i_err, 2)
            + power(coalesce(x.q_leakage_err, 0) * x.i_flux, 2)
        )) as q_chi_squared,
        sum(power(x.u_flux - (coalesce(x.u_leakage, 0) + x.u_share) * x.i_flux, 2) / (
            x.u_err * x.u_err + power((coalesce(x.u_leakage, 0) + x.u_share) * x.i_err, 2)
            + power(coalesce(x.u_leakage_err, 0) * x.i_flux, 2)
        )) as u_chi_squared,
        sum(power(x.v_flux - (coalesce(x.v_leakage, 0) + x.v_share) * x.i_flux, 2) / (
            x.v_err * x.v_err + power((coalesce(x.v_leakage, 0) + x.v_share) * x.i_err, 2)
            + power(coalesce(x.v_leakage_err, 0) * x.i_flux, 2)
        )) as v_chi_squared
    from (
        -- the share of I, beyond leakage, that all time steps have in common
        select
            w.*,
            sum((w.q_flux - coalesce(w.q_leakage, 0) * w.i_flux) * w.i_flux / (w.q_err * w.q_err)) over curve
            / sum(w.i_flux * w.i_flux / (w.q_err * w.q_err)) over curve as q_share,
            sum((w.u_flux - coalesce(w.u_leakage, 0) * w.i_flux) * w.i_flux / (w.u_err * w.u_err)) over curve
            / sum(w.i_flux * w.i_flux / (w.u_err * w.u_err)) over curve as u_share,
            sum((w.v_flux - coalesce(w.v_leakage, 0) * w.i_flux) * w.i_flux / (w.v_err * w.v_err)) over curve
            / sum(w.i_flux * w.i_flux / (w.v_err * w.v_err)) over curve as v_share
        from trap.polarisation as w
        window curve as (partition by w.dataset_id, w.source_id, w.band_id)
    ) as x
    group by x.dataset, x.dataset_id, x.source_id, x.band_id
) as t
cross join lateral (select t.v_excess_sum / t.v_excess_sum_err as significance) as excess
cross join lateral trap.debiased_linear(t.q_sum, t.u_sum, t.q_err, t.u_err) as p
cross join lateral trap.linear_angle(t.q_sum, t.u_sum, t.q_err, t.u_err) as turn;
comment on view trap.polarisation_summary is
'The polarisation of each source in each band over all its time steps. Ask for one source by dataset_id = trap.dataset_of_source(id) and '
'source_id = id.';
comment on column trap.polarisation_summary.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.polarisation_summary.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.polarisation_summary.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.polarisation_summary.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.polarisation_summary.n_q is 'Time steps with Stokes I and Q. {meta.number;obs}';
comment on column trap.polarisation_summary.n_u is 'Time steps with Stokes I and U. {meta.number;obs}';
comment on column trap.polarisation_summary.n_v is 'Time steps with Stokes I and V. {meta.number;obs}';
comment on column trap.polarisation_summary.q_over_i is 'Q over I, from the sums of both [1]. {phys.polarization.stokes.Q;arith.ratio}';
comment on column trap.polarisation_summary.q_over_i_err is
'Its error, 1 sigma, without that of leakage [1]. {stat.error;phys.polarization.stokes.Q;arith.ratio}';
comment on column trap.polarisation_summary.u_over_i is 'U over I, from the sums of both [1]. {phys.polarization.stokes.U;arith.ratio}';
comment on column trap.polarisation_summary.u_over_i_err is
'Its error, 1 sigma, without that of leakage [1]. {stat.error;phys.polarization.stokes.U;arith.ratio}';
comment on column trap.polarisation_summary.v_over_i is
'V over I, from the sums of both [1]. {phys.polarization.circular;arith.ratio principal}';
comment on column trap.polarisation_summary.v_over_i_err is
'Its error, 1 sigma, without that of leakage [1]. {stat.error;phys.polarization.circular;arith.ratio}';
comment on column trap.polarisation_summary.v_over_i_limit is
'Largest |V| over I that agrees with it, at 3 sigma [1]. {phys.polarization.circular;stat.max}';
comment on column trap.polarisation_summary.handedness is
'right (V above 0, as the IAU has it) or left. {meta.code;phys.polarization.circular principal}';
comment on column trap.polarisation_summary.linear_over_i is
'Linearly polarised share of I, from the sums of Q and U, debiased [1]; NULL without Q or U. '
'{phys.polarization.linear;arith.ratio principal}';
comment on column trap.polarisation_summary.linear_over_i_err is
'Its error, 1 sigma [1]. {stat.error;phys.polarization.linear;arith.ratio}';
comment on column trap.polarisation_summary.linear_over_i_limit is
'Largest linear share that agrees with it, at 3 sigma [1]. {phys.polarization.linear;stat.max}';
comment on column trap.polarisation_summary.angle is
'Angle of linear polarisation of the sums of Q and U, north through east, 0 to 180 [deg]. {phys.polarization.linear;pos.posAng}';
comment on column trap.polarisation_summary.angle_err is 'Its error, 1 sigma [deg]. {stat.error;phys.polarization.linear;pos.posAng}';
comment on column trap.polarisation_summary.v_significance is
'Sum of V less the leakage over its error, with the sign of V [sigma]; NULL where leakage is not known. '
'{stat.snr;phys.polarization.circular principal}';
comment on column trap.polarisation_summary.circular_at is
'Time step in which V beyond leakage is most significant; NULL: it is more so over all, UTC. {time.start;obs.exposure}';
comment on column trap.polarisation_summary.circular_fraction is
'Share of I that V has beyond leakage, without the sign: there, or over all [1]. {phys.polarization.circular;arith.ratio principal}';
comment on column trap.polarisation_summary.circular_significance is
'Its significance, without the sign [sigma]. {stat.snr;phys.polarization.circular principal}';
comment on column trap.polarisation_summary.q_change_significance is
'How far the share of Q in I changes beyond errors and leakage, as eta_int_significance [sigma]; 0 for one time step. '
'{stat.fit.goodness;src.var;phys.polarization.stokes.Q}';
comment on column trap.polarisation_summary.u_change_significance is
'How far the share of U in I changes beyond errors and leakage, as eta_int_significance [sigma]; 0 for one time step. '
'{stat.fit.goodness;src.var;phys.polarization.stokes.U}';
comment on column trap.polarisation_summary.v_change_significance is
'How far the share of V in I changes beyond errors and leakage, as eta_int_significance [sigma]; 0 for one time step. '
'{stat.fit.goodness;src.var;phys.polarization.stokes.V}';
