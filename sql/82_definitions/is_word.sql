-- Whether a word is the one that a definition asks for: {"=": "pulsar"}. Without bounds everything is; inlined as trap.within is.
-- reads: nothing
-- writes: nothing
create function trap.is_word(p_value text, p_bounds jsonb) returns boolean
language sql immutable parallel safe
return p_bounds ->> '=' is null or p_value = p_bounds ->> '=';
comment on function trap.is_word is 'Whether a word is that of {"=": "pulsar"}; NULL is none, and everything keeps a bound that is NULL.';
