trap.is_in_dataset(t.{owner}, {dataset})
