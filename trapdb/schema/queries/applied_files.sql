select
    path,
    sha256,
    trapdb_version
from trap_data.code_manifest;
