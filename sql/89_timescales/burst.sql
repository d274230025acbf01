-- Bursts that searches of pixels found, with the figures by which artefacts are told: none of them is a cut. Neighbours are sources of the
-- data set other than the burst itself, and brighter ones are above its own flux.
-- reads: trap_data.burst, trap_data.monitor_position, trap_data.dataset, trap_data.source, trap_data.source_flux
create view trap.burst as
select
    d.name as dataset,
    m.dataset_id,
    b.source_id,
    m.name,
    m.ra::double precision as ra,
    m.dec::double precision as dec,
    b.searched_at,
    b.freq_eff,
    b.stokes::text as stokes,
    b.images,
    b.threshold,
    b.expected_false,
    b.begins_at,
    b.ends_at,
    b.width,
    b.snr,
    b.peak_at,
    b.peak_snr,
    b.peak_flux,
    b.chi2 / nullif(b.dof, 0) as reduced_chi2,
    b.compactness,
    b.centre_distance,
    b.centre_distance / b.primary_beam as centre_distance_widths,
    b.deep_flux,
    b.deep_snr,
    near.name as neighbour,
    near.flux as neighbour_flux,
    near.separation / b.beam_major as neighbour_beams
from trap_data.burst as b
inner join trap_data.monitor_position as m on b.source_id = m.source_id
inner join trap_data.dataset as d on m.dataset_id = d.dataset_id
left join lateral (
    select
        s.name, away.separation,
        (
            select max(f.peak_weighted_mean) from trap_data.source_flux as f
            where f.dataset_id = m.dataset_id and f.source_id = s.source_id and f.stokes = 'I'
        ) as flux
    from trap_data.source as s
    cross join lateral (select trap.angular_separation(m.ra, m.dec, s.ra, s.dec) as separation offset 0) as away
    where
        s.dataset_id = m.dataset_id and not s.monitored
        -- the indexed position may lag behind the mean by 3 arcsec
        and s.pos <@ scircle(spoint(radians(m.ra), radians(m.dec)), radians(10 * b.beam_major + 3.001 / 3600))
    order by flux desc nulls last, away.separation
    limit 1
) as near on true;
comment on view trap.burst is
'Bursts that searches of the pixels of images found, with what is used to tell artefacts: neighbours, place in the beam, the deep image.';
comment on column trap.burst.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.burst.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.burst.source_id is 'Monitored position at its place, that has its light curve. {meta.id;src;meta.main principal indexed}';
comment on column trap.burst.name is 'Name of that position. {meta.id;src principal}';
comment on column trap.burst.ra is 'Right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.burst.dec is 'Declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.burst.searched_at is 'Time of the search. {time.processing}';
comment on column trap.burst.freq_eff is 'Frequency of the images [Hz]. {em.freq}';
comment on column trap.burst.stokes is 'Stokes parameter of the images. {meta.code;phys.polarization.stokes}';
comment on column trap.burst.images is 'How many images were searched together [1]. {meta.number;obs.image}';
comment on column trap.burst.threshold is 'Threshold of the search [sigma]. {stat.snr;instr.sensitivity}';
comment on column trap.burst.expected_false is
'How many peaks above it noise was expected to make in the whole search [1]. {meta.number;stat.probability principal}';
comment on column trap.burst.begins_at is 'Start of the first image of its best run. {time.start principal}';
comment on column trap.burst.ends_at is 'End of the last one, or its start if the duration is unknown. {time.end principal}';
comment on column trap.burst.width is 'How many images that run has [1]. {meta.number;obs.image}';
comment on column trap.burst.snr is 'Significance of the run [sigma]. {stat.snr;meta.main principal}';
comment on column trap.burst.peak_at is 'Start of the image in which it is brightest. {time.epoch}';
comment on column trap.burst.peak_snr is 'Significance there [sigma]. {stat.snr;stat.max}';
comment on column trap.burst.peak_flux is
'Mean peak flux density of the run, less the mean of all images [Jy/beam]. {phot.flux.density.sb;em.radio principal}';
comment on column trap.burst.reduced_chi2 is 'Reduced chi squared of all images about their mean at the place [1]. {stat.fit.chi2;src.var}';
comment on column trap.burst.compactness is
'Flux within a beam''s width over that of a point as bright: 1 for a point, less for a single pixel [1]. {src.morph.param principal}';
comment on column trap.burst.centre_distance is 'Distance from the centre of the images [deg]. {pos.angDistance;instr.fov}';
comment on column trap.burst.centre_distance_widths is
'The same in widths of the primary beam (FWHM) [1]; NULL if none was given. {pos.angDistance;instr.beam principal}';
comment on column trap.burst.deep_flux is
'Peak flux density in the mean of all images at the place [Jy/beam]; NULL for residual images. {phot.flux.density.sb;em.radio;stat.mean}';
comment on column trap.burst.deep_snr is 'The same in units of the noise of that mean [sigma]. {stat.snr;stat.mean principal}';
comment on column trap.burst.neighbour is 'Brightest source of the data set within 10 beams; NULL: there is none. {meta.id.assoc;src}';
comment on column trap.burst.neighbour_flux is
'Its mean peak flux density, Stokes I, in the band where it is brightest [Jy/beam]. {phot.flux.density.sb;em.radio;stat.mean principal}';
comment on column trap.burst.neighbour_beams is
'Its distance in major axes of the beam (FWHM) [1]. {pos.angDistance;instr.beam principal}';
