"""How likely is a value wrong? A small model over what the reading, the checks and the scan tell; P(wrong) means what it says."""

from ocr.calibration.model import Calibration

__all__ = ["Calibration"]
