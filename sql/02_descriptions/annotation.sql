-- What the comment of a column says: "Meaning [unit]. {ucd words}". The braces come last: the UCD and, parted by blanks, what else
-- services tell of a column: principal (one of those to look at first), indexed (to ask by it is quick), utype=..., xtype=... .
-- A comment that does not follow this form is a meaning and nothing else.
-- reads: nothing
-- writes: nothing
create function trap.annotation(p_comment text) returns table (
    meaning text, unit text, vo_unit text, vo_description text, ucd text, utype text, xtype text, principal boolean, indexed boolean
)
language sql immutable parallel safe
begin atomic
select
    regexp_replace(told.said, ' \[[^]]+\]', '') as meaning,
    told.unit,
    trap.vo_unit(told.unit) as vo_unit,
    -- a unit that cannot go out as such stays in the words
    case
        when told.unit <> '1' and trap.vo_unit(told.unit) is null then told.said
        else regexp_replace(told.said, ' \[[^]]+\]', '')
    end as vo_description,
    told.ucd,
    substring(told.words from ' utype=(\S+)') as utype,
    substring(told.words from ' xtype=(\S+)') as xtype,
    coalesce(told.words ~ ' principal( |$)', false) as principal,
    coalesce(told.words ~ ' indexed( |$)', false) as indexed
from (
    select
        coalesce(part[1], p_comment) as said,
        substring(coalesce(part[1], p_comment) from ' \[([^]]+)\]') as unit,
        part[2] as ucd,
        part[3] as words
    from regexp_match(
        p_comment,
        '^([^{}]*) \{([a-z][-A-Za-z0-9.;]*)((?: (?:principal|indexed|utype=[A-Za-z][-A-Za-z0-9._:]*|xtype=[a-z][-A-Za-z0-9:]*))*)\}$'
    ) as part
) as told;
end;
comment on function trap.annotation is 'The meaning of a column, its unit and its UCD, and what else its comment says.';
