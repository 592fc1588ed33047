from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from app.settings import MOST_RECENT, Settings


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.ini"


def opened(file: Path) -> Settings:
    return Settings(QSettings(str(file), QSettings.Format.IniFormat))


@pytest.fixture
def settings(file):
    return opened(file)


def again(settings: Settings, file: Path) -> Settings:
    """What the next start of the program reads."""
    settings.sync()
    return opened(file)


def test_a_first_start_has_sensible_values(settings):
    assert settings.theme == "system"
    assert settings.follow_cursor is True
    assert settings.endings is True
    assert settings.speed == 10
    assert settings.folder == ""
    assert settings.recent("models") == ()
    assert settings.layout is None


def test_every_value_is_the_same_with_its_type_at_the_next_start(settings, file):
    settings.theme = "dark"
    settings.follow_cursor = False
    settings.endings = False
    settings.speed = 300
    settings.folder = Path("/data")
    settings.layout = (QByteArray(b"\x00one"), QByteArray(b"two\xff"))
    found = again(settings, file)
    assert found.theme == "dark"
    assert found.follow_cursor is False
    assert found.endings is False
    assert found.speed == 300.0
    assert found.folder == str(Path("/data"))
    assert found.layout == (QByteArray(b"\x00one"), QByteArray(b"two\xff"))


def test_as_fast_as_it_goes_is_remembered(settings, file):
    settings.speed = None
    assert again(settings, file).speed is None


@pytest.mark.parametrize("count", [1, 2, 5])
def test_recent_files_come_newest_first(settings, file, tmp_path, count):
    for k in range(count):
        settings.add_recent("models", tmp_path / f"{k}.keras")
    expected = tuple(str(tmp_path / f"{k}.keras") for k in reversed(range(count)))
    assert again(settings, file).recent("models") == expected
    assert again(settings, file).recent("data") == ()


def test_opening_a_file_again_puts_it_in_front_once(settings, tmp_path):
    for name in ("a", "b", "a"):
        settings.add_recent("data", tmp_path / name)
    assert settings.recent("data") == (str(tmp_path / "a"), str(tmp_path / "b"))


def test_only_the_latest_files_are_kept(settings, tmp_path):
    for k in range(20):
        settings.add_recent("data", tmp_path / str(k))
    assert len(settings.recent("data")) == MOST_RECENT
    assert settings.recent("data")[0] == str(tmp_path / "19")


def test_a_file_that_is_gone_can_be_forgotten(settings, file, tmp_path):
    settings.add_recent("models", tmp_path / "a")
    settings.remove_recent("models", tmp_path / "a")
    assert again(settings, file).recent("models") == ()


def test_the_layout_can_be_forgotten(settings):
    settings.layout = (QByteArray(b"one"), QByteArray(b"two"))
    settings.layout = None
    assert settings.layout is None


def test_a_layout_of_another_version_is_not_taken(settings, monkeypatch):
    settings.layout = (QByteArray(b"one"), QByteArray(b"two"))
    monkeypatch.setattr("app.settings.LAYOUT_VERSION", 99)
    assert settings.layout is None


def test_a_file_that_somebody_edited_does_no_harm(file):
    file.write_text(
        "[view]\ntheme=purple\nfollow_cursor=perhaps\n[run]\nspeed=fast\n[files]\nrecent_models=@Invalid()\n"
        "[window]\nversion=x\n",
        encoding="utf-8",
    )
    settings = opened(file)
    assert settings.theme == "system"
    assert isinstance(settings.follow_cursor, bool)
    assert settings.speed is None or settings.speed > 0
    assert settings.recent("models") == ()
    assert settings.layout is None


def test_by_default_they_lie_in_the_users_own_folder(settings, file):
    assert settings.path == file
    assert Settings().path.name == "lstm-viz.ini"
