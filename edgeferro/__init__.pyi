# The public names, each with its home: __init__.py reads them from here.

from ._version import __version__ as __version__
from .array import Array as Array
from .calibrating.truth import Residual as Residual
from .calibrating.truth import map_residual as map_residual
from .calibrating.truth import zero_residual as zero_residual
from .chip.chip import Chip as Chip
from .chip.device import Device as Device
from .classifier import FerroClassifier as FerroClassifier
from .controller import Controller as Controller
from .core.formats import Format as Format
from .core.tally import Tally as Tally
from .energy.prices import Prices as Prices
from .energy.report import EnergyReport as EnergyReport
from .errors import ChipWarning as ChipWarning
from .errors import ConfigError as ConfigError
from .errors import DataError as DataError
from .errors import EdgeferroError as EdgeferroError
from .errors import PackageError as PackageError
from .errors import SnapshotError as SnapshotError
from .errors import StateError as StateError
from .firmware import Firmware as Firmware
from .mapping.image import Image as Image
from .mapping.images import new_image as new_image
from .mapping.network import compile_network as compile_network
