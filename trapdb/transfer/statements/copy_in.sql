copy pg_temp.{table} from stdin (format binary)
