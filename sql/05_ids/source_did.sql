-- The identifier of a light curve for the Virtual Observatory: of all that was measured of a source, in all bands. As trap.image_did.
-- Source: IVOA Recommendation, IVOA Identifiers 2.0, section 4.
-- reads: nothing
-- writes: nothing
create function trap.source_did(p_source_id bigint) returns text
language sql immutable parallel safe
return 'ivo://trapdb/lightcurve?' || trap.dataset_of_source(p_source_id) || '/' || p_source_id;
comment on function trap.source_did is 'Identifier of the light curve of a source: ivo://trapdb/lightcurve?dataset_id/source_id.';
