trap.dataset_of_source(t.{owner}) = {dataset}
