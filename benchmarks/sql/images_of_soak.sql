select dataset, taken_at, status::text from trap.image;
