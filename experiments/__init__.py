"""The studies: `python -m experiments.<study>`; `python -m experiments` lists them."""
