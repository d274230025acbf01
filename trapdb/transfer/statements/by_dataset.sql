t.{owner} = {dataset}
