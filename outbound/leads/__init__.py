"""Who may be called: numbers and lists as people deliver them.

``numbers`` says which numbers a list may have, ``lead`` what is known of somebody, ``csv_list`` reads files.
"""
