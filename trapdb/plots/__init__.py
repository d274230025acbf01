"""Pictures of light curves, of the eta-V plane, of fields and of sources epoch by epoch.

What is drawn comes in as rows and arrays; no database is known here. matplotlib is an extra.
"""
