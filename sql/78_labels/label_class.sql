-- The classes that a label may have, and classifiers.
-- reads: trap_data.label_class
create view trap.label_class as
select c.object_class, c.description, c.is_artefact, c.added_by, c.added_at
from trap_data.label_class as c;
comment on view trap.label_class is 'The classes that a label may have: those that come with trapdb and those that administrators added.';
comment on column trap.label_class.object_class is 'Name. {src.class;meta.main principal}';
comment on column trap.label_class.description is 'What is meant by it. {meta.note principal}';
comment on column trap.label_class.is_artefact is
'Whether it is no source of the sky, but made by the instrument or its surroundings. {meta.code.qual}';
comment on column trap.label_class.added_by is 'User who added it. {meta.id}';
comment on column trap.label_class.added_at is 'When. {time.creation}';
