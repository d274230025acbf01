-- The identifier of an image for the Virtual Observatory. Its authority, trapdb, is nobody's: two archives may have the same ones.
-- Source: IVOA Recommendation, IVOA Identifiers 2.0, section 4.
-- reads: nothing
-- writes: nothing
create function trap.image_did(p_image_id bigint) returns text
language sql immutable parallel safe
return 'ivo://trapdb/image?' || trap.dataset_of(p_image_id) || '/' || p_image_id;
comment on function trap.image_did is 'Identifier of an image: ivo://trapdb/image?dataset_id/image_id.';
