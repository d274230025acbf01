"""One web application: the archive's services for the Virtual Observatory.

It reads as a login that may read the public views and nothing else: what it may see is decided by
the database, not here.
"""
