select
    name,
    sha256,
    privileges,
    server_version
from trap_data.code_object;
