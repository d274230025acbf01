create temporary table {table} on commit drop as
select {columns} from trap_data.{table} as t
with no data
