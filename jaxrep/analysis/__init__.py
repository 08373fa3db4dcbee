"""Analysis: what is measured. Arrays in, arrays out; nothing here knows who trained."""
