-- The figures that conditions can name, with what they mean.
select column_name, unit, meaning, is_text from trap.definition_column;
