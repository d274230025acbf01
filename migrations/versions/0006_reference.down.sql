-- Takes away the reference catalogues, and what was matched with them. They can be loaded again from their files. What was corrected by
-- them stays corrected, and is not told from what was measured so any more.
delete from trap_data.transient_condition as c where c.text_value is not null;
alter table trap_data.transient_condition drop column text_value, alter column value set not null;
drop table trap_data.image_correction;
drop table trap_data.reference_match;
drop table trap_data.dataset_reference;
drop table trap_data.reference_density;
drop table trap_data.reference_source;
drop table trap_data.reference_catalogue;
