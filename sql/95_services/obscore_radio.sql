-- What radio astronomers ask of the same images, a row for each image of ivoa.obscore. What images do not tell of their visibilities and
-- antennas is NULL: the columns have to be there.
-- Source: IVOA, ObsCore Extension for Radio Data 1.0, tables 2 to 4 (columns, UCDs, utypes and units).
-- reads: ivoa.indexed_obscore_radio
create view ivoa.obscore_radio as
select
    obs_publisher_did,
    s_resolution_min,
    s_resolution_max,
    s_fov_min,
    s_fov_max,
    f_resolution,
    s_largest_angular_scale,
    s_largest_angular_scale_min,
    s_largest_angular_scale_max,
    uv_distance_min,
    uv_distance_max,
    uv_distribution_ecc,
    uv_distribution_fill,
    instr_tel_number,
    instr_tel_min_dist,
    instr_tel_max_dist,
    instr_tel_diameter,
    instr_feed,
    scan_mode,
    tracking_type
from ivoa.indexed_obscore_radio;
comment on view ivoa.obscore_radio is 'The images of ivoa.obscore, with what the extension of ObsCore for radio data adds: a natural join has both.';
comment on column ivoa.obscore_radio.obs_publisher_did is
'Identifier of the image, as in ivoa.obscore. {meta.ref.ivoid principal utype=obscore:Curation.publisherDID}';
comment on column ivoa.obscore_radio.s_resolution_min is
'Restoring beam, minor axis FWHM [arcsec]. '
'{pos.angResolution;stat.min principal utype=obscore:Char.SpatialAxis.Resolution.Bounds.Limits.LoLim}';
comment on column ivoa.obscore_radio.s_resolution_max is
'Restoring beam, major axis FWHM [arcsec]. '
'{pos.angResolution;stat.max principal utype=obscore:Char.SpatialAxis.Resolution.Bounds.Limits.HiLim}';
comment on column ivoa.obscore_radio.s_fov_min is
'Diameter of the circle about the footprint [deg]. '
'{phys.angSize;instr.fov;stat.min principal utype=obscore:Char.SpatialAxis.Coverage.Bounds.Extent.LowLim}';
comment on column ivoa.obscore_radio.s_fov_max is
'The same: an image is of one frequency [deg]. '
'{phys.angSize;instr.fov;stat.max principal utype=obscore:Char.SpatialAxis.Coverage.Bounds.Extent.HiLim}';
comment on column ivoa.obscore_radio.f_resolution is
'Bandwidth: an image is one channel [kHz]. {em.freq;stat.max principal utype=obscore:Char.SpectralAxis.Coverage.Bounds.Limits.HiLim}';
comment on column ivoa.obscore_radio.s_largest_angular_scale is
'Largest scale that was observed; not known: NULL [arcsec]. '
'{phys.angSize;stat.max principal utype=obscore:Char.SpatialAxis.Resolution.Scale.Limits.HiLim}';
comment on column ivoa.obscore_radio.s_largest_angular_scale_min is
'The same at the highest frequency; not known: NULL [arcsec]. '
'{phys.angSize;stat.max principal utype=obscore:Char.SpatialAxis.Resolution.Scale.Limits.HiLim.Low}';
comment on column ivoa.obscore_radio.s_largest_angular_scale_max is
'The same at the lowest frequency; not known: NULL [arcsec]. '
'{phys.angSize;stat.max principal utype=obscore:Char.SpatialAxis.Resolution.Scale.Limits.HiLim.Hi}';
comment on column ivoa.obscore_radio.uv_distance_min is
'Shortest distance in the uv plane; not known: NULL [m]. '
'{stat.Fourier;pos;stat.min principal utype=obscore:Char.UVAxis.Coverage.Bounds.Limits.LoLim}';
comment on column ivoa.obscore_radio.uv_distance_max is
'Longest distance in the uv plane; not known: NULL [m]. '
'{stat.Fourier;pos;stat.max principal utype=obscore:Char.UVAxis.Coverage.Bounds.Limits.LoLim}';
comment on column ivoa.obscore_radio.uv_distribution_ecc is
'Eccentricity of the uv distribution; not known: NULL [1]. '
'{stat.Fourier;pos principal utype=obscore:Char.UVAxis.Coverage.Bounds.Eccentricity}';
comment on column ivoa.obscore_radio.uv_distribution_fill is
'Filling factor of the uv distribution; not known: NULL [1]. '
'{stat.Fourier;pos;arith.ratio principal utype=obscore:Char.UVAxis.Coverage.Bounds.FillingFactor}';
comment on column ivoa.obscore_radio.instr_tel_number is
'Antennas; not known: NULL. {meta.number;instr.param principal utype=obscore:Provenance.ObsConfig.Instrument.Array.AntNumber}';
comment on column ivoa.obscore_radio.instr_tel_min_dist is
'Shortest distance between antennas; not known: NULL [m]. '
'{instr.baseline;stat.min principal utype=obscore:Provenance.ObsConfig.Instrument.Array.MinDist}';
comment on column ivoa.obscore_radio.instr_tel_max_dist is
'Longest distance between antennas; not known: NULL [m]. '
'{instr.baseline;stat.max principal utype=obscore:Provenance.ObsConfig.Instrument.Array.MaxDist}';
comment on column ivoa.obscore_radio.instr_tel_diameter is
'Diameter of the largest antenna; not known: NULL [m]. {instr.param principal utype=obscore:Provenance.ObsConfig.Instrument.Array.Diameter}';
comment on column ivoa.obscore_radio.instr_feed is
'Feeds; not known: NULL. {instr.param principal utype=obscore:Provenance.ObsConfig.Instrument.Feed}';
comment on column ivoa.obscore_radio.scan_mode is
'How the sky was scanned; not known: NULL. {instr.param principal utype=obscore:Provenance.Observation.sky_scan_mode}';
comment on column ivoa.obscore_radio.tracking_type is
'How the target was followed; not known: NULL. {instr.param principal utype=obscore:Provenance.Observation.tracking_mode}';
