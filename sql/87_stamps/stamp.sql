-- Stamps: pieces of images around sources. After a fork a branch has those of its ancestors from before. One that was made in a time
-- step that is rewound is not seen.
-- reads: trap_data.stamp, trap_data.image, trap_data.dataset, trap_data.source_ancestry
create view trap.stamp as
select
    d.name as dataset,
    piece.dataset_id,
    piece.source_id,
    occasion.occasion,
    piece.image_id,
    i.taken_at,
    i.freq_eff,
    i.band_id,
    i.stokes::text as stokes,
    piece.peak_flux,
    piece.ra::double precision as ra,
    piece.dec::double precision as dec,
    piece.size,
    piece.inherited,
    octet_length(piece.fits) as n_bytes,
    piece.fits
from (
    select
        every.*,
        max(trap.brightness(trap.has_either_sign(piece_of.stokes, piece_of.signed), every.peak_flux))
            over (partition by every.dataset_id, every.source_id)
        as brightness_max
    from (
        select
            t.dataset_id, t.source_id, t.source_id as founding_id, t.image_id, t.known_image_id, t.peak_flux, t.ra, t.dec, t.size,
            false as inherited, t.fits
        from trap_data.stamp as t
        inner join trap_data.image as k on t.known_image_id = k.image_id and k.status = 'accepted'
        union all
        select
            t.dataset_id, y.source_id, t.source_id, t.image_id, t.known_image_id, t.peak_flux, t.ra, t.dec, t.size,
            true, t.fits
        from trap_data.source_ancestry as y
        inner join trap_data.stamp as t on y.dataset_id = t.dataset_id and y.ancestor_id = t.source_id
        inner join trap_data.image as k on t.known_image_id = k.image_id and k.status = 'accepted'
        where t.known_image_id < y.until_image_id
    ) as every
    inner join trap_data.image as piece_of on every.image_id = piece_of.image_id
) as piece
inner join trap_data.dataset as d on piece.dataset_id = d.dataset_id
inner join trap_data.image as i on piece.image_id = i.image_id
cross join lateral (
    select 'before' as occasion where piece.peak_flux is null
    union all
    select 'discovery' as occasion where piece.image_id = trap.image_of(piece.founding_id)
    union all
    select 'brightest' as occasion where trap.brightness(trap.has_either_sign(i.stokes, i.signed), piece.peak_flux) = piece.brightness_max
) as occasion
where piece.fits is not null;
comment on view trap.stamp is
'Stamps of sources, pieces of images that are kept when the images are not: a row for each occasion, of which several may have one stamp.';
comment on column trap.stamp.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.stamp.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.stamp.source_id is 'Source. {meta.id;src;meta.main principal indexed}';
comment on column trap.stamp.occasion is
'discovery; brightest: no later point exceeds it by three of its errors; or before: the last image before the discovery that covers '
'the place. {meta.code.class principal}';
comment on column trap.stamp.image_id is 'Image that it is a piece of. {meta.id;obs.image principal}';
comment on column trap.stamp.taken_at is 'Start of the observation, UTC. {time.start;obs.exposure principal}';
comment on column trap.stamp.freq_eff is 'Effective frequency of the image [Hz]. {em.freq principal}';
comment on column trap.stamp.band_id is 'Band. {meta.id;instr.bandpass}';
comment on column trap.stamp.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.stamp.peak_flux is
'Peak flux density of the source in that image [Jy/beam]; NULL before the discovery. {phot.flux.density.sb;em.radio principal}';
comment on column trap.stamp.ra is 'Right ascension of the middle, by the file of the image [deg]. {pos.eq.ra;meta.main}';
comment on column trap.stamp.dec is 'Declination of the middle, by the file of the image [deg]. {pos.eq.dec;meta.main}';
comment on column trap.stamp.size is 'Side, to the next pixel [deg]. {phys.angSize;instr.fov}';
comment on column trap.stamp.inherited is 'Whether it is of an ancestor, from before a fork. {meta.code}';
comment on column trap.stamp.n_bytes is 'Bytes of the file [byte]. {phys.size;meta.file}';
comment on column trap.stamp.fits is
'FITS file with the pixels as they are in the image, in Jy/beam, and their coordinates, compressed by gzip: as text in hexadecimal. '
'{phot.flux.density.sb;em.radio;meta.file}';
