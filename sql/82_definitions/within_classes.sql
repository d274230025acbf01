-- Whether the probabilities of classes keep the bounds of a definition, {"probability_flare_star": {">=": 0.8}}, all of which have to hold.
-- reads: nothing
-- writes: nothing
create function trap.within_classes(p_probabilities jsonb, p_artefact double precision, p_bounds jsonb) returns boolean
language sql immutable parallel safe
return not exists (
    select
    from jsonb_each(p_bounds) as b (column_name, bounds)
    where trap.within(
        case b.column_name
            when 'probability_artefact' then p_artefact
            else (p_probabilities ->> substr(b.column_name, length('probability_') + 1))::double precision
        end,
        b.bounds
    ) is not true
);
comment on function trap.within_classes is
'Whether the probabilities of classes, by name, and that of artefacts keep the bounds of the columns probability_... of a definition.';
