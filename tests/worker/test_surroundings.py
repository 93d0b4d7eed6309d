"""A lesson finds what it would find under plain Python, and leaves nothing to the next one."""

from __future__ import annotations

from pathlib import Path

from tests.client.watcher import WatchedClient


def test_a_lesson_runs_in_its_folder_and_imports_from_it_as_the_files_are_now(
    watched: WatchedClient, tmp_path: Path
) -> None:
    (tmp_path / "shapes_of_today.py").write_text("sides = 3\n")
    text = "import os, sys, shapes_of_today\nprint(os.getcwd(), sys.argv, shapes_of_today.sides)"
    assert watched.run(text, folder=str(tmp_path)).recording.output == f"{tmp_path} ['lesson.py'] 3\n"
    (tmp_path / "shapes_of_today.py").write_text("sides = 12345\n")
    assert watched.run(text, folder=str(tmp_path)).recording.output.endswith("12345\n")
    error = watched.run("import shapes_of_today").recording.errors[0]
    assert error.type == "ModuleNotFoundError"


def test_without_a_folder_a_lesson_with_a_path_runs_where_it_lies(watched: WatchedClient, tmp_path: Path) -> None:
    name = str(tmp_path / "mine.py")
    text = "import os, sys\nprint(os.getcwd(), sys.argv)"
    assert watched.run(text, name=name).recording.output == f"{tmp_path} [{name!r}]\n"


def test_a_folder_that_is_gone_does_not_matter(watched: WatchedClient, tmp_path: Path) -> None:
    assert watched.run("print(1)", folder=str(tmp_path / "gone")).recording.output == "1\n"


def test_the_environment_and_the_working_folder_are_put_back(watched: WatchedClient, tmp_path: Path) -> None:
    before = watched.run("import os\nprint(os.getcwd())").recording.output
    watched.run(f"import os\nos.environ['MARK'] = 'set'\nos.chdir({str(tmp_path)!r})")
    after = watched.run("import os\nprint(os.environ.get('MARK'))\nprint(os.getcwd())").recording.output
    assert after == "None\n" + before


def test_matplotlib_draws_into_no_window_and_child_processes_see_the_users_path(watched: WatchedClient) -> None:
    text = "import os\nprint(os.environ['MPLBACKEND'], os.environ.get('PYTHONPATH'))"
    assert watched.run(text).recording.output.startswith("Agg ")
    assert str(Path(__file__).parents[2]) not in watched.run(text).recording.output
