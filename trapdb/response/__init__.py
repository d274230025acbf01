"""Responders, which are told of events; the work packages that they make; and who does the work."""

from trapdb.response.package import Package, Task
from trapdb.response.responder import needs

__all__ = ["Package", "Task", "needs"]
