"""Source lists that other finders made, in the place of trapdb's own extraction."""
