"""Images that come one by one: into a directory, or over a socket."""
