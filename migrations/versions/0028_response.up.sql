-- Images that are corrected for the primary beam are detected on where their noise is the same all over: a file beside each says how.
alter table trap_data.image
add column response_path text,
add column response_digest text,
add constraint image_response_check check ((response_path is null) = (response_digest is null));
comment on column trap_data.image.response_path is
'File beside it that says how its noise goes: weights, primary beam, or the image as it is without correction; NULL: none.';
comment on column trap_data.image.response_digest is 'SHA-256 of the pixels of that file, which the digest of the image is of, too.';
