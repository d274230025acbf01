"""Pictures of light curves, of the eta-V plane, of fields and of sources epoch by epoch.

The functions draw rows and arrays, without a database. matplotlib is an extra.
"""
