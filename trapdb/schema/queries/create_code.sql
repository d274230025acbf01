create schema trap;
comment on schema trap is
'The interface of trapdb: views and functions to query, and the routines of the pipeline. Rebuilt at every upgrade.';

create schema tap_schema;
comment on schema tap_schema is
'What there is to be queried, as TAP services tell it: made of the comments of views. Rebuilt at every upgrade.';

create schema ivoa;
comment on schema ivoa is 'The images, in the tables that the Virtual Observatory asks everywhere. Rebuilt at every upgrade.';
