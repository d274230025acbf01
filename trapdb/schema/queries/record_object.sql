insert into trap_data.code_object (name, sha256, privileges, server_version) values (%s, %s, %s, %s);
