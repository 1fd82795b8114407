"""The features are Kaldi's: numbers below are kaldi-native-fbank's for the same sound (no dither, 23 mels)."""

import numpy as np
import pytest

from transcribe.speakers.features import Fbank, FeatureForm, frames_in

SOUND = ((np.arange(1, 4001) * 7919) % 2001 - 1000).astype(np.int16)
KALDI = {
    "hamming": ([8.7981, 9.411, 12.5418, 12.8176, 14.1109, 19.8537], 20.3516),
    "povey": ([8.6499, 9.4072, 12.5114, 12.8445, 14.3741, 19.8651], 20.3639),
    "hanning": ([8.5156, 9.2185, 12.4595, 12.7611, 14.5793, 19.7914], 20.2923),
}


@pytest.mark.parametrize("window", KALDI)
def test_features_are_those_of_kaldi(window: str) -> None:
    found = Fbank(FeatureForm(mels=23, window=window, normalise="none"))(SOUND)
    low, last = KALDI[window]
    assert found.shape == (frames_in(len(SOUND)), 23) == (23, 23)
    assert found[7, :6] == pytest.approx(low, abs=2e-3)
    assert found[22, 22] == pytest.approx(last, abs=2e-3)


def test_the_scale_moves_all_features_alike() -> None:
    full = Fbank(FeatureForm(normalise="none"))(SOUND)
    unit = Fbank(FeatureForm(normalise="none", scale=1.0))(SOUND)
    assert full - unit == pytest.approx(np.full_like(full, 2 * np.log(32768.0)), abs=1e-2)


def test_each_mel_is_brought_to_a_mean_of_nought_over_the_window() -> None:
    mean = Fbank(FeatureForm())(SOUND)
    assert np.abs(mean.mean(axis=0)).max() < 1e-4
    both = Fbank(FeatureForm(normalise="mean-deviation"))(SOUND)
    assert both.std(axis=0) == pytest.approx(np.ones(80), abs=2e-2)


def test_silence_gives_numbers_all_the_same() -> None:
    for how in ("mean", "mean-deviation", "none"):
        assert np.isfinite(Fbank(FeatureForm(normalise=how))(np.zeros(4000, np.int16))).all()
