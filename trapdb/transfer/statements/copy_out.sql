copy (select {columns} from trap_data.{table} as t where {chosen}) to stdout (format binary)
