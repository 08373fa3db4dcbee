"""Theory: what is predicted. Closed forms and reduced dynamics; arrays in, arrays out.

Times are in steps (updates) throughout; nothing here knows who trained.
"""
