select set_config('trapdb.service_url', %s, true);
