-- The classes that labels may have.
select object_class, description from trap.label_class order by added_at, object_class;
