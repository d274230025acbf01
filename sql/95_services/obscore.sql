-- The accepted images and the light curves, as the Virtual Observatory asks for observations everywhere. A light curve is one row a source,
-- as what leads to it is: all that was measured of it, in all bands. How many samples it has is known from running counts; that it begins
-- and ends with forced fits is not, so that it is from the first detection to the last one.
-- Source: IVOA Recommendation, ObsCore 1.1, tables 4 to 7 (columns, UCDs, utypes and units).
-- reads: ivoa.indexed_obscore
create view ivoa.obscore as
select
    dataproduct_type, calib_level, obs_collection, obs_id, obs_publisher_did, access_url, access_format,
    access_estsize, target_name, s_ra, s_dec, s_fov, s_region, s_resolution, s_xel1, s_xel2, t_min, t_max, t_exptime,
    t_resolution, t_xel, em_min, em_max, em_res_power, em_xel, o_ucd, pol_states, pol_xel, facility_name,
    instrument_name
from ivoa.indexed_obscore;
comment on view ivoa.obscore is 'The accepted images and the light curves of all data sets but those that are injected, as ObsCore 1.1 describes observations.';
comment on column ivoa.obscore.dataproduct_type is
'What kind of data it is: image or timeseries. {meta.code.class principal utype=obscore:ObsDataset.dataProductType}';
comment on column ivoa.obscore.calib_level is
'How far it is processed: 2, calibrated, for images; 4, analysed, for light curves. {meta.code;obs.calib principal utype=obscore:ObsDataset.calibLevel}';
comment on column ivoa.obscore.obs_collection is 'Name of the data set. {meta.id principal utype=obscore:DataID.collection}';
comment on column ivoa.obscore.obs_id is
'Data set and time: images of the same moment have the same one; of a light curve, data set and source. {meta.id principal utype=obscore:DataID.observationID}';
comment on column ivoa.obscore.obs_publisher_did is
'Identifier: ivo://trapdb/image?dataset_id/image_id, or ivo://trapdb/lightcurve?dataset_id/source_id. {meta.ref.ivoid principal utype=obscore:Curation.publisherDID}';
comment on column ivoa.obscore.access_url is
'Where its links are (DataLink), if a service is asked; else where an image was read from, if from a URL. {meta.ref.url principal utype=obscore:Access.reference}';
comment on column ivoa.obscore.access_format is 'Format of what is fetched. {meta.code.mime principal utype=obscore:Access.format}';
comment on column ivoa.obscore.access_estsize is
'Size of what is fetched; not known: NULL [kbyte]. {phys.size;meta.file principal utype=obscore:Access.size}';
comment on column ivoa.obscore.target_name is 'Source of a light curve; of images not known: NULL. {meta.id;src principal utype=obscore:Target.name}';
comment on column ivoa.obscore.s_ra is
'Centre, or mean position of the source, right ascension [deg]. '
'{pos.eq.ra principal utype=obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1}';
comment on column ivoa.obscore.s_dec is
'Centre, or mean position of the source, declination [deg]. '
'{pos.eq.dec principal utype=obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2}';
comment on column ivoa.obscore.s_fov is
'Diameter of the circle about the footprint; of a light curve NULL [deg]. '
'{phys.angSize;instr.fov principal utype=obscore:Char.SpatialAxis.Coverage.Bounds.Extent.diameter}';
comment on column ivoa.obscore.s_region is
'Footprint: CIRCLE ICRS with centre and radius, which is 0 for a light curve, or POLYGON ICRS with its corners, in deg. '
'{pos.outline;obs.field principal utype=obscore:Char.SpatialAxis.Coverage.Support.Area xtype=adql:REGION}';
comment on column ivoa.obscore.s_resolution is
'Restoring beam, major axis FWHM; of a light curve NULL [arcsec]. {pos.angResolution principal utype=obscore:Char.SpatialAxis.Resolution.Refval.value}';
comment on column ivoa.obscore.s_xel1 is
'Pixels along the first axis; not known: NULL. {meta.number principal utype=obscore:Char.SpatialAxis.numBins1}';
comment on column ivoa.obscore.s_xel2 is
'Pixels along the second axis; not known: NULL. {meta.number principal utype=obscore:Char.SpatialAxis.numBins2}';
comment on column ivoa.obscore.t_min is
'Start of the observation, or of the first that detected the source, MJD (UTC) [d]. '
'{time.start;obs.exposure principal utype=obscore:Char.TimeAxis.Coverage.Bounds.Limits.StartTime}';
comment on column ivoa.obscore.t_max is
'End of the observation, or start of the last that detected the source, MJD (UTC); NULL where that is not known [d]. '
'{time.end;obs.exposure principal utype=obscore:Char.TimeAxis.Coverage.Bounds.Limits.StopTime}';
comment on column ivoa.obscore.t_exptime is
'Length of the observation; of a light curve NULL [s]. {time.duration;obs.exposure principal utype=obscore:Char.TimeAxis.Coverage.Support.Extent}';
comment on column ivoa.obscore.t_resolution is
'Integration time of the visibilities; not known: NULL [s]. '
'{time.resolution principal utype=obscore:Char.TimeAxis.Resolution.Refval.value}';
comment on column ivoa.obscore.t_xel is 'Samples in time: 1 for images, the usable points of a light curve, all bands. {meta.number principal utype=obscore:Char.TimeAxis.numBins}';
comment on column ivoa.obscore.em_min is
'Shortest wavelength; that of the frequency itself where the bandwidth is not known [m]. '
'{em.wl;stat.min principal utype=obscore:Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit}';
comment on column ivoa.obscore.em_max is
'Longest wavelength; that of the frequency itself where the bandwidth is not known [m]. '
'{em.wl;stat.max principal utype=obscore:Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit}';
comment on column ivoa.obscore.em_res_power is
'Frequency over bandwidth; of a light curve NULL [1]. {spect.resolution principal utype=obscore:Char.SpectralAxis.Resolution.ResolPower.refVal}';
comment on column ivoa.obscore.em_xel is 'Samples in wavelength: 1 for images, the bands of a light curve. {meta.number principal utype=obscore:Char.SpectralAxis.numBins}';
comment on column ivoa.obscore.o_ucd is 'UCD of the pixels, or of the points. {meta.ucd principal utype=obscore:Char.ObservableAxis.ucd}';
comment on column ivoa.obscore.pol_states is
'Stokes parameters between slashes, as /I/. {meta.code;phys.polarization principal utype=obscore:Char.PolarizationAxis.stateList}';
comment on column ivoa.obscore.pol_xel is 'Number of Stokes parameters. {meta.number principal utype=obscore:Char.PolarizationAxis.numBins}';
comment on column ivoa.obscore.facility_name is
'Telescope, as the file names it; of a light curve, the one that discovered the source. {meta.id;instr.tel principal utype=obscore:Provenance.ObsConfig.Facility.name}';
comment on column ivoa.obscore.instrument_name is
'Instrument; not known: NULL. {meta.id;instr principal utype=obscore:Provenance.ObsConfig.Instrument.name}';
