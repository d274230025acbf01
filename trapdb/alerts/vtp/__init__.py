"""The VOEvent Transport Protocol.

Source: Swinbank, Allan and Denny, VOEvent Transport Protocol, IVOA Note, 2017.
"""
