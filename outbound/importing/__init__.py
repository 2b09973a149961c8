"""Files that come over the API: kept on the disk, taken in by a process of its own, told of line by line.

``folder`` is what the disk has of an import, ``child`` the process, ``service`` their queue and what a killed
controller left, ``upload`` the body of a request as a file, ``routes`` the API.
"""
