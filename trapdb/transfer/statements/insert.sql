insert into trap_data.{table} ({columns}) overriding system value
select {values} from pg_temp.{table} as t
where {kept}
