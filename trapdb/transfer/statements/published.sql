t.{owner} = {dataset} and t.withdrawn_at is null
