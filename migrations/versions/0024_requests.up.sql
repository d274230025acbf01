-- Who dies between asking and being answered leaves a row from which one can ask again, or take back.
alter table trap_data.observation
add column request jsonb,
drop constraint observation_state_check,
drop constraint observation_check1,
add constraint observation_state_check
check (state in ('declined', 'asking', 'requested', 'accepted', 'observed', 'failed', 'cancelled')),
add constraint observation_check1 check ((state in ('declined', 'asking')) = (reference is null)),
add constraint observation_request_check check (state <> 'asking' or request is not null);
comment on column trap_data.observation.request is
'What was asked for, by which it can be asked for again; NULL: nothing, or it is from before that was kept.';
comment on column trap_data.observation.state is
'declined: it was not asked; asking: the request was sent, or was about to be, and its answer is not known; requested; accepted by the observatory, observed, failed or cancelled, as it says.';
comment on column trap_data.observation.reference is 'By what the observatory knows the request; NULL: it was not asked, or its answer is not known.';
