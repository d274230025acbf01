set transaction read write;
