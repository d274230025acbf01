drop table trap_data.classification;
drop table trap_data.active_classifier;
drop table trap_data.classifier;
delete from trap_data.label_class as c
where
    c.object_class in (
        'steady', 'synchrotron', 'single_burst', 'step', 'eclipsing', 'rotating', 'moving', 'edge', 'ionospheric'
    )
    and not exists (select from trap_data.label as l where l.object_class = c.object_class);
alter table trap_data.label_class drop column is_artefact;
