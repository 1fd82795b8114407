"""From a page on a desk to the file that comes in: what scanners, phones and fax machines do to it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from forms.hand import Paper
from forms.sheet import PX

INCH = 25.4
SCREEN = (72.0, 72.0)
"""What a phone writes into a photograph: no size."""
Gray = NDArray[np.uint8]


@dataclass(frozen=True)
class Scan:
    """A picture as it was delivered."""

    picture: Paper | Gray
    """H × W × 3 BGR, H × W gray, or 0/255 for one bit."""
    dpi: tuple[float, float]
    ending: str
    """`jpg`, `png` or `tif`."""
    quality: int = 88
    bilevel: bool = False

    def image(self) -> Image.Image:
        """As Pillow has it."""
        if self.picture.ndim == 2:
            return (
                Image.fromarray(self.picture).convert("1", dither=Image.Dither.NONE)
                if self.bilevel
                else Image.fromarray(self.picture)
            )
        return Image.fromarray(cv2.cvtColor(self.picture, cv2.COLOR_BGR2RGB))

    def save(self, path: Path) -> None:
        """The file, with its resolution where a scanner would write it."""
        if self.ending == "tif":
            self.image().save(path, compression="group4", dpi=self.dpi)
        elif self.ending == "png":
            self.image().save(path, dpi=self.dpi, compress_level=3)
        else:
            self.image().save(path, quality=self.quality, dpi=tuple(round(value) for value in self.dpi))


def at(paper: Paper, dpi: float) -> Paper:
    """The page as so many dots to the inch see it."""
    scale = dpi / INCH / PX
    size = (round(paper.shape[1] * scale), round(paper.shape[0] * scale))
    return cv2.resize(paper, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def grainy(picture: Paper, sigma: float) -> Paper:
    """With the sensor's noise."""
    grain = np.empty(picture.shape[:2], np.int16)
    cv2.randn(grain, 0, sigma)
    shifted = picture.astype(np.int16) + (grain[..., None] if picture.ndim == 3 else grain)
    return np.clip(shifted, 0, 255).astype(np.uint8)


def turned(picture: Paper, degrees: float, shift: tuple[float, float] = (0, 0), scale: float = 1) -> Paper:
    """Turned around its middle on the white of the lid."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    matrix[:, 2] += shift
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(250, 250, 250)).astype(
        np.uint8
    )


def _laid(picture: Paper, rng: random.Random, most: float = 0.5) -> Paper:
    """Never laid quite straight: turned up to `most` degrees, up to 0.8 mm out of place, half a per cent larger or smaller."""
    mm = picture.shape[1] / 210
    shift = (rng.uniform(-0.8, 0.8) * mm, rng.uniform(-0.8, 0.8) * mm)
    return turned(picture, rng.uniform(-most, most), shift, rng.uniform(0.994, 1.003))


def _tone(picture: Paper, rng: random.Random) -> Paper:
    """The lamp's white and the contrast of the machine."""
    white, black = rng.uniform(238, 253), rng.uniform(0, 18)
    table = np.clip(black + np.arange(256) / 255 * (white - black), 0, 255).astype(np.uint8)
    return cv2.LUT(picture, table).astype(np.uint8)


def clean(paper: Paper, _rng: random.Random) -> Scan:
    """Straight, 300 dpi, as if made from a file."""
    return Scan(at(paper, 300), (300, 300), "jpg", 92)


def scan_300(paper: Paper, rng: random.Random) -> Scan:
    """An office machine at 300 dpi in colour."""
    return Scan(grainy(_tone(_laid(at(paper, 300), rng), rng), 3), (300, 300), "jpg", 85)


def scan_200(paper: Paper, rng: random.Random) -> Scan:
    """An office machine at 200 dpi, colour or gray."""
    picture = _tone(_laid(at(paper, 200), rng), rng)
    if rng.random() < 0.3:
        return Scan(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.uint8), (200, 200), "png")
    return Scan(grainy(picture, 3), (200, 200), "jpg", 85)


def scan_150(paper: Paper, rng: random.Random) -> Scan:
    """The least that offices use."""
    return Scan(grainy(_tone(_laid(at(paper, 150), rng), rng), 3), (150, 150), "jpg", 85)


def skew(paper: Paper, rng: random.Random) -> Scan:
    """Drawn in crookedly: one to three degrees."""
    picture = turned(at(paper, 200), rng.uniform(1, 3) * rng.choice((-1, 1)), scale=0.985)
    return Scan(grainy(_tone(picture, rng), 3), (200, 200), "jpg", 85)


def phone(paper: Paper, rng: random.Random) -> Scan:
    """A photograph on a desk: seen from the side, lit from the side, the phone's own shadow."""
    page = at(paper, 230)
    height, width = page.shape[:2]
    margin_x, margin_y = int(width * 0.09), int(height * 0.07)
    size = (width + 2 * margin_x, height + 2 * margin_y)
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    reach = 0.035
    aims = np.float32(
        [
            [x + margin_x + rng.uniform(-reach, reach) * width, y + margin_y + rng.uniform(-reach, reach) * height]
            for x, y in corners
        ]
    )
    desk = tuple(rng.choice([(62, 84, 112), (96, 100, 104), (48, 52, 60), (120, 140, 160)]))
    matrix = cv2.getPerspectiveTransform(corners, aims)
    picture = cv2.warpPerspective(page, matrix, size, flags=cv2.INTER_LINEAR, borderValue=desk).astype(np.float32)
    small = np.indices((32, 24)).astype(np.float32)
    direction = rng.uniform(0, 6.28)
    slope = np.cos(direction) * small[1] / 24 + np.sin(direction) * small[0] / 32
    bumps = np.random.default_rng(rng.getrandbits(31)).standard_normal((32, 24)).astype(np.float32)
    light = 0.86 + 0.17 * (slope - slope.mean()) + 0.02 * bumps
    light = cv2.resize(cv2.GaussianBlur(light, (0, 0), 3), size, interpolation=cv2.INTER_CUBIC)
    tint = np.float32([rng.uniform(0.9, 0.98), rng.uniform(0.96, 1.0), 1.0])
    picture *= light[..., None] * tint
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 0.9))
    return Scan(grainy(np.clip(picture, 0, 255).astype(np.uint8), 4), SCREEN, "jpg", 86)


def fold(paper: Paper, rng: random.Random) -> Scan:
    """Folded to fit an envelope: shadows across at the folds, the paper a little raised there."""
    picture = _laid(at(paper, 200), rng)
    height, width = picture.shape[:2]
    shade = np.ones(height, np.float32)
    for part in rng.choice([(1 / 3, 2 / 3), (1 / 2,), (1 / 4, 1 / 2, 3 / 4)]):
        middle = height * (part + rng.uniform(-0.02, 0.02))
        away = np.arange(height) - middle
        shade *= 1 - rng.uniform(0.25, 0.42) * np.exp(-((away / rng.uniform(14, 34)) ** 2))
        shade *= 1 - rng.uniform(0.03, 0.1) * (away > 0)
    across = 1 - rng.uniform(0, 0.06) * np.linspace(0, 1, width, dtype=np.float32)
    shaded = picture * shade[:, None, None] * across[None, :, None]
    return Scan(grainy(np.clip(shaded, 0, 255).astype(np.uint8), 3), (200, 200), "jpg", 85)


def _bilevel(picture: Paper, rng: random.Random) -> Gray:
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.uint8)
    return np.where(grainy(gray, 9) > rng.randint(148, 186), 255, 0).astype(np.uint8)


def fax(paper: Paper, rng: random.Random) -> Scan:
    """A fax in fine mode: one bit, 200 × 200."""
    return Scan(_bilevel(_laid(at(paper, 200), rng, 0.8), rng), (200, 200), "tif", bilevel=True)


def fax_coarse(paper: Paper, rng: random.Random) -> Scan:
    """A fax in normal mode: one bit, half as many lines as dots."""
    fine = _laid(at(paper, 204), rng, 0.8)
    half = cv2.resize(fine, (fine.shape[1], round(fine.shape[0] * 98 / 204)), interpolation=cv2.INTER_AREA).astype(
        np.uint8
    )
    return Scan(_bilevel(half, rng), (204, 98), "tif", bilevel=True)


def heavy_jpeg(paper: Paper, rng: random.Random) -> Scan:
    """Squeezed until the blocks show."""
    return Scan(_tone(_laid(at(paper, 200), rng), rng), (200, 200), "jpg", rng.randint(14, 24))


def upside_down(paper: Paper, rng: random.Random) -> Scan:
    """Put in the wrong way round."""
    picture = cv2.rotate(_tone(_laid(at(paper, 200), rng), rng), cv2.ROTATE_180).astype(np.uint8)
    return Scan(grainy(picture, 3), (200, 200), "jpg", 85)


def noisy(paper: Paper, rng: random.Random) -> Scan:
    """Dust on the glass: specks, and a line along the way of the paper."""
    picture = grainy(_tone(_laid(at(paper, 200), rng), rng), 9)
    height, width = picture.shape[:2]
    for _ in range(rng.randint(150, 400)):
        spot = (rng.randrange(width), rng.randrange(height))
        cv2.circle(picture, spot, rng.choice((0, 0, 1, 1, 2)), (rng.randint(20, 140),) * 3, -1)
    column = rng.randrange(int(width * 0.02), int(width * 0.98))
    picture[:, column] = (picture[:, column] * 0.72).astype(np.uint8)
    return Scan(picture, (200, 200), "jpg", 80)


def stretch(paper: Paper, rng: random.Random) -> Scan:
    """The feed slips: 0.3 % longer or shorter, unevenly, and a little sideways."""
    picture = _laid(at(paper, 200), rng)
    height, width = picture.shape[:2]
    along = np.arange(height, dtype=np.float32)
    amount = rng.choice((-1, 1)) * 0.003
    wave = height * 0.0006 * np.sin(along / height * 2 * np.pi * rng.uniform(0.7, 1.5) + rng.uniform(0, 6))
    down = (along - height / 2) * (1 + amount) + height / 2 + wave
    aside = width * 0.0006 * np.sin(along / height * 2 * np.pi + rng.uniform(0, 6))
    map_x = np.arange(width, dtype=np.float32)[None, :] + aside[:, None].astype(np.float32)
    map_y = np.repeat(down[:, None].astype(np.float32), width, 1)
    picture = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderValue=(250, 250, 250)).astype(np.uint8)
    return Scan(grainy(_tone(picture, rng), 3), (200, 200), "jpg", 85)


def coffee(paper: Paper, rng: random.Random) -> Scan:
    """A cup stood on it."""
    stained = paper.astype(np.float32)
    height, width = paper.shape[:2]
    centre = (rng.randint(width // 4, width * 3 // 4), rng.randint(height // 4, height * 3 // 4))
    mask = np.zeros((height // 4, width // 4), np.uint8)
    small = (centre[0] // 4, centre[1] // 4)
    cv2.circle(mask, small, rng.randint(95, 125), 60, -1, cv2.LINE_AA)
    cv2.circle(mask, small, rng.randint(112, 126), 170, rng.randint(4, 9), cv2.LINE_AA)
    cv2.circle(
        mask,
        (small[0] + rng.randint(60, 160), small[1] + rng.randint(-80, 80)),
        rng.randint(8, 26),
        150,
        -1,
        cv2.LINE_AA,
    )
    wet = cv2.resize(cv2.GaussianBlur(mask, (0, 0), 2.5), (width, height)).astype(np.float32)[..., None] / 255
    stained *= 1 - wet * (1 - np.float32([0.42, 0.58, 0.72]))
    return scan_200(stained.astype(np.uint8), rng)


Way = Callable[[Paper, random.Random], Scan]

MAIN: dict[str, Way] = {
    "clean": clean,
    "scan-300": scan_300,
    "scan-200": scan_200,
    "skew": skew,
    "phone": phone,
    "fold": fold,
    "fax": fax,
    "jpeg": heavy_jpeg,
    "upside-down": upside_down,
}
"""The nine kinds of the published measurement."""
FURTHER: dict[str, Way] = {"scan-150": scan_150, "fax-coarse": fax_coarse, "noisy": noisy, "stretch": stretch}
TROUBLED: dict[str, Way] = {"coffee": coffee}
KINDS: dict[str, Way] = {**MAIN, **FURTHER, **TROUBLED}


def scanned(paper: Paper, kind: str, seed: str) -> Scan:
    """The page as it comes in; the same seed gives the same picture."""
    rng = random.Random(seed)
    cv2.setRNGSeed(rng.getrandbits(31))
    return KINDS[kind](paper, rng)
