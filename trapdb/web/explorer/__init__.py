"""The explorer: pages for people, on what the services offer to programs.

A page is a template of `trapdb/web/pages`, complete without scripts as far as tables and links go.
What takes its time, and what is drawn, is asked for afterwards, below ``/data``.
"""
