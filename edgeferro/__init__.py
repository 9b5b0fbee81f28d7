"""edgeferro: bit-accurate emulator of an on-chip learning controller.

    import edgeferro as ef
    chip = ef.Chip.load("watch-hzo-200ns")
    clf = ef.FerroClassifier(chip, hidden=(32,), random_state=0)

Names stand in ``__init__.pyi`` and are imported when they are first used, so that
``import edgeferro`` stays quick.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
