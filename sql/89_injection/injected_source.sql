-- Which source each injected one became: the nearest of those that were found blind within a beam, FWHM of the major axis, of its place.
-- What moves leaves others where it was.
-- reads: trap_data.injection, trap_data.dataset, trap_data.source
create view trap.injected_source as
select
    d.name as dataset, i.dataset_id, i.number, i.kind,
    i.ra::double precision as ra, i.dec::double precision as dec, i.peak_flux, i.peak_snr, i.timescale, i.centre_distance,
    s.source_id, s.name, s.separation * 3600 as separation_arcsec, s.n_blind, s.n_forced, s.first_seen, s.last_seen
from trap_data.injection as i
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
left join lateral (
    select
        n.source_id, n.name, n.n_blind, n.n_forced, n.first_seen, n.last_seen,
        trap.angular_separation(i.ra, i.dec, n.ra, n.dec) as separation
    from trap_data.source as n
    where
        n.dataset_id = i.dataset_id and n.n_blind > 0
        and n.pos <@ scircle(spoint(radians(i.ra), radians(i.dec)), radians(i.beam_major))
    order by separation, n.source_id
    limit 1
) as s on true;
comment on view trap.injected_source is
'Injected sources, each with the nearest source that was found within a beam (major axis, FWHM) of its place, or with none.';
comment on column trap.injected_source.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.injected_source.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.injected_source.number is 'Number of the source among the injected ones [1]. {meta.id;src principal}';
comment on column trap.injected_source.kind is
'What was injected: a kind of source, an artefact, or table. {meta.code.class;src principal}';
comment on column trap.injected_source.ra is 'Place of the injected source, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.injected_source.dec is 'Place of the injected source, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.injected_source.peak_flux is
'Injected peak flux density in the image in which it stands out most [Jy/beam]. {phot.flux.density.sb;em.radio;stat.max principal}';
comment on column trap.injected_source.peak_snr is 'The same over the noise there [sigma]. {stat.snr;stat.max principal}';
comment on column trap.injected_source.timescale is 'Its timescale [s]; NULL: it has none. {time.duration;src.var}';
comment on column trap.injected_source.centre_distance is 'Its distance from the centre of that image [deg]. {pos.angDistance;instr.fov}';
comment on column trap.injected_source.source_id is 'The source; NULL: none was found there. {meta.id.assoc;src principal}';
comment on column trap.injected_source.name is 'Its name. {meta.id;src principal}';
comment on column trap.injected_source.separation_arcsec is 'How far from the place it is [arcsec]. {pos.angDistance}';
comment on column trap.injected_source.n_blind is 'Images in which it was found [1]. {meta.number;obs principal}';
comment on column trap.injected_source.n_forced is 'Images in which it was measured by force [1]. {meta.number;obs}';
comment on column trap.injected_source.first_seen is 'Time of its first blind measurement, UTC. {time.epoch;stat.min}';
comment on column trap.injected_source.last_seen is 'Time of its last blind measurement, UTC. {time.epoch;stat.max}';
