-- The upgrade acts as trapdb_admin, who owns everything.
set local role trapdb_admin;

-- The upgrade's own books. They stand outside the migrations, which they keep count of.
create schema if not exists trap_data;
comment on schema trap_data is 'Tables of trapdb. Not a public interface: query the views and functions of schema trap.';

create table if not exists trap_data.alembic_version (
    version_num varchar(32) not null constraint alembic_version_pkc primary key
);
comment on table trap_data.alembic_version is 'The revision of the tables, as alembic keeps it.';
comment on column trap_data.alembic_version.version_num is 'Number of the revision.';

create table if not exists trap_data.code_manifest (
    path text primary key,
    sha256 text not null,
    trapdb_version text not null,
    applied_at timestamptz not null default now()
);
comment on table trap_data.code_manifest is 'The files from which schemas trap, tap_schema and ivoa were built.';
comment on column trap_data.code_manifest.path is 'Path below sql/.';
comment on column trap_data.code_manifest.sha256 is 'SHA-256 of the file, hexadecimal.';
comment on column trap_data.code_manifest.trapdb_version is 'Version of trapdb that applied the file.';
comment on column trap_data.code_manifest.applied_at is 'When the file was applied.';

create table if not exists trap_data.code_object (
    name text primary key,
    sha256 text not null,
    privileges text[] not null,
    server_version integer not null
);
comment on table trap_data.code_object is
'The objects of these schemas as the upgrade left them, to notice what was changed by hand since.';
comment on column trap_data.code_object.name is 'Kind and name of the object.';
comment on column trap_data.code_object.sha256 is 'SHA-256 of its definition as the server prints it, hexadecimal.';
comment on column trap_data.code_object.privileges is 'Who may do what with it, its owner apart.';
comment on column trap_data.code_object.server_version is
'Major version of the server that printed the definition; another version may print it differently.';

create table if not exists trap_data.restriction (
    login text primary key,
    dataset_ids integer [] not null
);
comment on table trap_data.restriction is
'Logins that are shown some data sets and nothing else: for each an upgrade builds schemas of its own.';
comment on column trap_data.restriction.login is 'Login.';
comment on column trap_data.restriction.dataset_ids is 'Numbers of the data sets; those of deleted ones stay, and are never used again.';
