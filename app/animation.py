"""Pictures after one another as a GIF, an animated PNG, or an MP4 where there is an ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.png import write_apng
from lstm_viz.errors import LstmVizError

SUFFIXES = (".gif", ".apng", ".mp4")
_COLOURS = 256  # of a GIF
_EXACT_COLOURS = 64


@dataclass(frozen=True)
class Film:
    """What is animated.

    Parameters
    ----------
    frames : iterator of QImage
        All of one size; taken one by one.
    count : int
        How many they are.
    palette : QImage
        A picture that has all of their colours.
    fps : float
        Pictures a second.
    """

    frames: Iterator[QImage]
    count: int
    palette: QImage
    fps: float


def write_animation(film: Film, path: Path, kind: str) -> None:
    """Write an animation that begins again at its end.

    Parameters
    ----------
    film : Film
        What its frames raise stops the writing.
    path : Path
    kind : {".gif", ".apng", ".mp4"}

    Raises
    ------
    OSError
    LstmVizError
        There is no ffmpeg for an MP4, or it failed.
    """
    if kind == ".mp4":
        _write_mp4(film, path)
    elif kind == ".gif":
        _write_gif(film, path)
    else:
        with path.open("wb") as file:
            write_apng(map(pixels_of, film.frames), film.count, file, round(1000 / film.fps))


def need_ffmpeg() -> str:
    """Return the ffmpeg of this system.

    Raises
    ------
    LstmVizError
        There is none.
    """
    found = shutil.which("ffmpeg")
    if found is None:
        raise LstmVizError(
            "An MP4 is made by ffmpeg, which is not found here.", "Install ffmpeg, or choose GIF or APNG."
        )
    return found


def pixels_of(image: QImage) -> NDArray[np.uint8]:
    """Return the pixels of a picture, RGB, shape (height, width, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return lines[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def _write_gif(film: Film, path: Path) -> None:
    from PIL import Image

    # One palette for all pictures: colours that mean values must not change from one to the next.
    palette = _palette(pixels_of(film.palette))

    def image_of(frame: QImage) -> Image.Image:
        image = Image.fromarray(_nearest(pixels_of(frame), palette))
        image.putpalette(palette.ravel().tolist())
        return image

    images = map(image_of, film.frames)
    first = next(images)
    with path.open("wb") as file:
        first.save(
            file, "GIF", save_all=True, append_images=images, duration=1000 / film.fps, loop=0, optimize=False
        )


def _palette(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return 256 colours for a picture, the commonest of which, such as its ground, are exact."""
    from PIL import Image

    colours, counts = np.unique(_packed(pixels), return_counts=True)
    common = colours[np.argsort(counts)[::-1][:_EXACT_COLOURS]]
    rest = Image.fromarray(pixels).quantize(_COLOURS - _EXACT_COLOURS, dither=Image.Dither.NONE)
    found = np.zeros((_COLOURS, 3), np.uint8)
    found[: len(common)] = _unpacked(common)
    others = np.array(rest.getpalette(), np.uint8).reshape(-1, 3)[: _COLOURS - _EXACT_COLOURS]
    found[_EXACT_COLOURS : _EXACT_COLOURS + len(others)] = others
    return found


def _nearest(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return for each pixel the number of the nearest colour; Pillow's own search is not exact."""
    colours, where = np.unique(_packed(pixels), return_inverse=True)
    numbers = np.empty(len(colours), np.uint8)
    for start in range(0, len(colours), 4096):
        some = _unpacked(colours[start : start + 4096]).astype(np.int32)
        apart = ((some[:, None] - palette.astype(np.int32)) ** 2).sum(axis=2)
        numbers[start : start + 4096] = apart.argmin(axis=1)
    return numbers[where].reshape(pixels.shape[:2])


def _packed(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    red, green, blue = np.moveaxis(pixels.astype(np.uint32), -1, 0)
    return red << 16 | green << 8 | blue


def _unpacked(colours: NDArray[np.uint32]) -> NDArray[np.uint8]:
    return np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8)


def _write_mp4(film: Film, path: Path) -> None:
    program = need_ffmpeg()
    size = f"{film.palette.width()}x{film.palette.height()}"
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(film.fps), "-i", "-"]
    # Both sizes even, as the usual pixel format wants them.
    even = ["-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-pix_fmt", "yuv420p"]
    command = [program, "-y", "-loglevel", "error", *raw, *even, "-f", "mp4", str(path)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, stdin=subprocess.PIPE, **quiet) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            for frame in film.frames:
                process.stdin.write(pixels_of(frame).tobytes())
            process.stdin.close()
        except BrokenPipeError:
            pass  # it says why
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise LstmVizError("ffmpeg could not write the animation.", "Choose GIF or APNG.", said)
