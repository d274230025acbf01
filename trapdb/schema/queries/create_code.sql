create schema trap;
comment on schema trap is
'The interface of trapdb: views and functions to query, and the routines of the pipeline. Rebuilt at every upgrade.';
