-- Takes away which files there were beside images.
alter table trap_data.image
drop constraint image_response_check,
drop column response_digest,
drop column response_path;
