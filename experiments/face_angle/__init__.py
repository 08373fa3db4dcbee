"""How does a code divide its precision? Networks that read the angle of a face.

    python -m experiments.face_angle                       # uniform and concentrated angles
    python -m experiments.face_angle --preset losses       # six losses, both densities
    python -m experiments.face_angle --preset paper        # Olivetti faces, both codes, all losses
    python -m experiments.face_angle --faces FOLDER --size 64 --density normal

Expected of the quick preset: trained on angles around pi/4, 60-75 % of the square root of the
Fisher information lie within 0.4 rad of it (27-33 % for uniform angles, 25 % if it were flat), and
information grows with the first power of the density, as minimal absolute errors ask for.

Sources: lrast/angleFinetuning; Morais and Pillow (2018); Ganguli and Simoncelli (2014).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "config": ["PRESETS", "STANDARD", "Config"],
        "problem": ["build"],
        "study": ["STUDY"],
    },
)
