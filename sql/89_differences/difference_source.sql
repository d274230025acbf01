-- Sources of differences, and the source of the images themselves that is nearest to each within half a beam. Whether the reference had it
-- is told by the order of their images, which is that of time.
-- reads: trap_data.source, trap.difference, trap_data.image, trap_data.dataset, trap_data.measurement
create view trap.difference_source as
select
    d.name as dataset, s.dataset_id, s.source_id, s.name, s.ra, s.dec, s.n_blind, s.n_forced,
    m.peak_flux::double precision as peak_flux, m.peak_flux_err::double precision as peak_flux_err, m.snr::double precision as snr,
    m.flags & 4096 <> 0 as dipole,
    f.parent, f.parent_id, k.source_id as parent_source_id, k.separation * 3600 as separation_arcsec,
    coalesce(not k.monitored and trap.image_of(k.source_id) < f.parent_image_id, false) as in_reference
from trap_data.source as s
inner join trap_data.dataset as d on s.dataset_id = d.dataset_id
inner join trap.difference as f on s.dataset_id = f.dataset_id and trap.image_of(s.source_id) = f.image_id
inner join trap_data.image as o on f.parent_image_id = o.image_id
inner join trap_data.measurement as m on s.dataset_id = m.dataset_id and s.source_id = m.measurement_id
left join lateral (
    select n.source_id, n.monitored, trap.angular_separation(s.ra, s.dec, n.ra, n.dec) as separation
    from trap_data.source as n
    where n.dataset_id = o.dataset_id and n.pos <@ scircle(s.pos, radians(o.beam_major / 2))
    -- a monitored position is no source: it is told only where there is none
    order by n.monitored, 3, 1
    limit 1
) as k on true;
comment on view trap.difference_source is
'Sources that were found in differences, as they were in the first one, with the source of the images themselves that lies at the place.';
comment on column trap.difference_source.dataset is 'Name of the data set of differences. {meta.id;meta.dataset principal}';
comment on column trap.difference_source.dataset_id is 'Data set of differences. {meta.id;meta.dataset indexed}';
comment on column trap.difference_source.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.difference_source.name is 'Its name. {meta.id;src principal}';
comment on column trap.difference_source.ra is 'Mean position, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.difference_source.dec is 'Mean position, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.difference_source.n_blind is 'Differences in which it was found, all bands [1]. {meta.number;obs}';
comment on column trap.difference_source.n_forced is 'Differences in which it was measured by force [1]. {meta.number;obs}';
comment on column trap.difference_source.peak_flux is
'Peak flux density in the first one, of either sign [Jy/beam]. {phot.flux.density.sb;em.radio principal}';
comment on column trap.difference_source.peak_flux_err is 'Its error, 1 sigma [Jy/beam]. {stat.error;phot.flux.density.sb;em.radio principal}';
comment on column trap.difference_source.snr is 'Its significance [1]. {stat.snr principal}';
comment on column trap.difference_source.dipole is
'Whether it has its opposite beside it there, as a steady source that does not lie upon itself. {meta.code.qual principal}';
comment on column trap.difference_source.parent is 'Name of the data set of the images. {meta.id.parent;meta.dataset principal}';
comment on column trap.difference_source.parent_id is 'Data set of the images. {meta.id.parent;meta.dataset}';
comment on column trap.difference_source.parent_source_id is
'Source of the images within half a beam, the nearest; where there is none a monitored position; NULL: none either. {meta.id.assoc;src principal}';
comment on column trap.difference_source.separation_arcsec is 'How far away that is [arcsec]. {pos.angDistance}';
comment on column trap.difference_source.in_reference is
'Whether that source had been found in an image before, and so is in the reference: what changed is its flux. {meta.code.class;src principal}';
