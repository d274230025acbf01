insert into trap_data.code_manifest (path, sha256, trapdb_version) values (%s, %s, %s);
