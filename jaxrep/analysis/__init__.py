"""What is measured: arrays in, arrays out; nothing here knows who trained."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
