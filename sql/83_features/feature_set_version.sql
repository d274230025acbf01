-- Which set of features this is. It changes whenever one of them is added, taken away, renamed, moved or computed otherwise: a model
-- keeps the version of those that it was trained on.
-- reads: nothing
-- writes: nothing
create function trap.feature_set_version() returns integer
language sql immutable parallel safe
return 2;
comment on function trap.feature_set_version is 'The version of the set of features in trap.feature.';
