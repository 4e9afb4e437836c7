"""Loaders: files, folders, arrays and frames become one data set of chunks.

`load` recognises what it is given. Formats and libraries are imported when data of their kind arrives.
"""

from dataaudit.loaders.entry import load

__all__ = ["load"]
