"""python -m ocr calibrate FORM_DIR LABELLED … -o FILE: learn from labelled forms how likely a value is wrong."""

import argparse

from ocr.calibration.command import calibrate, told
from ocr.commands.say import DONE, Say
from ocr.commands.scans import forms_in, make_ready, today
from ocr.engine import open_recogniser


def run(call: argparse.Namespace, say: Say) -> int:
    """0 when the calibration is written; what is wrong with the labelled forms is raised."""
    make_ready(call.out)
    with open_recogniser(call.engine, call.model, call.threads) as recogniser:
        calibration = calibrate(forms_in(call.form), call.labelled, recogniser, call.out, call.date or today())
    say.line(told(calibration, say.language))
    say("run-written", path=str(call.out))
    return DONE
