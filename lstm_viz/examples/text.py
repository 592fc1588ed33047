"""Example: the next character of a text, one character at a time, from an LSTM(48).

``python -m lstm_viz.examples.text`` makes it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_viz.dataset import Dataset
from lstm_viz.examples import _making

NAME = "text"
SEED = 3
TIMESTEPS = 64
TRAINED, HELD_OUT = 640, 32  # passages
UNITS = 48
EPOCHS = 50
WRITTEN = 1000  # characters, to measure how well it writes

# Who does what to what, now and in the past: the parts of a sentence have to fit one another.
DOINGS = {
    "baker": (
        ("kneads", "kneaded", "the dough"),
        ("bakes", "baked", "a loaf"),
        ("sells", "sold", "the bread"),
    ),
    "sailor": (
        ("mends", "mended", "the sail"),
        ("ties", "tied", "a rope"),
        ("steers", "steered", "the boat"),
    ),
    "gardener": (("waters", "watered", "the beans"), ("cuts", "cut", "a hedge"), ("digs", "dug", "the bed")),
    "teacher": (
        ("reads", "read", "the book"),
        ("writes", "wrote", "a letter"),
        ("rings", "rang", "the bell"),
    ),
}
KINDS = ("", "old ", "young ", "tired ")
TIMES = ("at noon", "every day", "in the rain")
PAST_TIMES = ("last night", "a week ago", "on monday")
ALPHABET = " .abcdefghijklmnopqrstuvwxyz"


def sentence(rng: np.random.Generator) -> str:
    """Return one sentence, such as "last night the old baker sold the bread."."""
    who = list(DOINGS)[rng.integers(len(DOINGS))]
    now, then, what = DOINGS[who][rng.integers(3)]
    past = rng.random() < 0.5
    when = (PAST_TIMES if past else TIMES)[rng.integers(3)]
    kind = KINDS[rng.integers(len(KINDS))]
    return f"{when} the {kind}{who} {then if past else now} {what}."


def known_words() -> set[str]:
    """Return every word that the sentences can hold."""
    parts = ["the", *KINDS, *DOINGS, *TIMES, *PAST_TIMES]
    parts += [part for doings in DOINGS.values() for doing in doings for part in doing]
    return {word for part in parts for word in part.split()}


def generate_data() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return all passages, each beginning with a sentence, those to train on first, then the held-out ones.

    Returns
    -------
    characters : numpy.ndarray
        Indices into ``ALPHABET``, shape (672, 64).
    following : numpy.ndarray
        The character that follows each of them, same shape.
    """
    rng = np.random.default_rng(SEED)
    texts: dict[str, None] = {}  # no passage twice: those held out are not trained on
    while len(texts) < TRAINED + HELD_OUT:
        texts[" ".join(sentence(rng) for _ in range(4))[: TIMESTEPS + 1]] = None
    passages = np.array([[ALPHABET.index(character) for character in text] for text in texts], np.int32)
    return passages[:, :-1], passages[:, 1:]


def build_model(stateful: bool = False) -> Any:
    """Return the untrained keras.Model: characters → Embedding(12) → LSTM(48) → a softmax for each timestep.

    Parameters
    ----------
    stateful : bool
        For batches of one character, which go on from the state that the one before left.
    """
    import keras

    shape = {"batch_shape": (1, 1)} if stateful else {"shape": (None,)}
    return keras.Sequential(
        [
            keras.Input(dtype="int32", name="character", **shape),
            keras.layers.Embedding(len(ALPHABET), 12, name="embedding"),
            keras.layers.LSTM(UNITS, return_sequences=True, stateful=stateful, name="lstm"),
            keras.layers.Dense(len(ALPHABET), activation="softmax", name="next_character"),
        ],
        name=NAME,
    )


def score(outputs: NDArray[np.float32], data: Dataset) -> dict[str, float]:
    """Return how well the next characters are foretold.

    Parameters
    ----------
    outputs : numpy.ndarray
        Shape (passages, 64, 28).
    data : Dataset

    Returns
    -------
    dict
        ``accuracy``: the share of characters that were thought the most probable. ``choices``: the
        perplexity, between how many characters the model wavers on average.
    """
    following = data.targets[0].astype(int).reshape(outputs.shape[:2])
    probability = np.take_along_axis(outputs, following[..., np.newaxis], axis=2)
    return {
        "accuracy": float(np.mean(outputs.argmax(axis=2) == following)),
        "choices": float(np.exp(-np.mean(np.log(probability.astype(float))))),
    }


def write_on(model: Any, beginning: str, characters: int, temperature: float) -> str:
    """Let a model write on from its own characters.

    Parameters
    ----------
    model : keras.Model
    beginning : str
    characters : int
        How many to write.
    temperature : float
        Below 1 the probable characters become more probable.

    Returns
    -------
    str
        Without the beginning.
    """
    stepwise = _making.copy_weights(model, build_model(stateful=True))
    rng = np.random.default_rng(SEED)
    written = ""
    for step in range(len(beginning) + characters - 1):
        last = (beginning + written)[step]
        outputs = stepwise.predict_on_batch(np.array([[ALPHABET.index(last)]], np.int32))[0, 0]
        if step >= len(beginning) - 1:
            odds = np.exp(np.log(outputs.astype(float)) / temperature)
            written += ALPHABET[rng.choice(len(ALPHABET), p=odds / odds.sum())]
    return written


def share_of_words(text: str) -> float:
    """Return the share of the words of a text that are known; the last one may be cut off and is left out."""
    found = text.replace(".", " ").split()[:-1]
    return sum(word in known_words() for word in found) / len(found)


ABOUT: dict[str, Any] = {
    "title": "A text, character by character",
    "description": (
        "An LSTM with 48 units reads short sentences and says after each character which one comes next. "
        "At the start of a word it wavers, inside a word it is sure; fed with its own answers it writes on "
        "by itself."
    ),
    "kind": "many-to-many",
    "shows": "Characters as numbers through an Embedding layer, and text that the model goes on writing.",
    "model": "model.keras",
    "data": "sentences.npz",
    "shaping": {},  # the arrays are samples already
    "batch_size": 4,
    "stateful": False,
    "resets": _making.ONCE_AN_EPOCH,
    "epochs": 1,
    "score": (
        "{accuracy:.1%} of the next characters of held-out passages are the ones thought most probable, and "
        "{words:.1%} of the words that it writes by itself are words of the language; always saying the most "
        "frequent character is right {baseline_accuracy:.1%} of the time."
    ),
    "output_names": list(ALPHABET),
    "generate": {"sample": 0, "timesteps": 20, "steps": 120, "temperature": 0.6},
}


def make(folder: Path) -> str:
    """Write held-out sentences, model and metadata into a folder.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str
        The score in words.
    """
    characters, following = generate_data()
    names = np.array(list(ALPHABET))
    np.savez_compressed(
        folder / "sentences.npz",
        x=characters[TRAINED:],
        y=following[TRAINED:],
        token_names=names,
        class_names=names,
    )
    model = _making.train(
        build_model,
        characters[:TRAINED],
        following[:TRAINED],
        seed=SEED,
        epochs=EPOCHS,
        batch_size=32,
        loss="sparse_categorical_crossentropy",
        rate=0.006,
    )
    held_out = following[TRAINED:]
    beginning = "".join(ALPHABET[number] for number in characters[TRAINED, : ABOUT["generate"]["timesteps"]])
    more_scores = {
        "words": share_of_words(write_on(model, beginning, WRITTEN, ABOUT["generate"]["temperature"])),
        "baseline_accuracy": float(np.mean(held_out == np.bincount(held_out.ravel()).argmax())),
    }
    return _making.write_example(folder, ABOUT, {"model.keras": model}, score, more_scores)


if __name__ == "__main__":
    _making.run_script(NAME, make, __doc__)
