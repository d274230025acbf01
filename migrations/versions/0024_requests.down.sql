-- Takes the requests away; what was sent without an answer is known by its own identifier, which its observatory may not know.
update trap_data.observation set state = 'failed', reference = job_id::text where state = 'asking';
alter table trap_data.observation
drop constraint observation_request_check,
drop constraint observation_check1,
drop constraint observation_state_check,
add constraint observation_state_check
check (state in ('declined', 'requested', 'accepted', 'observed', 'failed', 'cancelled')),
add constraint observation_check1 check ((state = 'declined') = (reference is null)),
drop column request;
comment on column trap_data.observation.state is
'declined: it was not asked; requested; accepted by the observatory, observed, failed or cancelled, as it says.';
comment on column trap_data.observation.reference is 'By what the observatory knows the request; NULL: it was not asked.';
