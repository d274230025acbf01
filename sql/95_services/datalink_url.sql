-- Where the links of an identifier are, if a service is asked that has them: it says its address in the session setting
-- trapdb.service_url. Elsewhere nobody does, and there is no address.
-- reads: nothing
-- writes: nothing
create function trap.datalink_url(p_did text) returns text
language sql stable parallel safe
return nullif(current_setting('trapdb.service_url', true), '') || '/datalink?ID=' || p_did;
comment on function trap.datalink_url is 'Address of the links (DataLink) of an image or light curve, by its identifier; NULL outside of a service.';
