"""Own data: tables in three formats are one task; what is wrong is told in one line."""

from __future__ import annotations

import contextlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeferro.errors import DataError, PackageError
from edgeferro.tasks import learn_and_test
from edgeferro.tasks.columns import read_columns
from edgeferro.tasks.own import DataFile, OwnTask, find_groups, fixed_point, load

ROWS = """\
speed,load,who,gait,part
1.5,-3,ann,walk,0
2.5,4,ann,run,0
-1e1,4,ann,run,1
0.25,8,ann,walk,1
7,1,bob,run,0
8,2,bob,walk,0
9,3,bob,walk,1
"""


def task_of(
    path: Path,
    content: str | bytes,
    label: str = "gait",
    group: str | None = None,
    half: str | None = None,
) -> OwnTask:
    """Write a file and read it as a task; without a label given, by ROWS' columns."""
    if label == "gait" and group is None:
        group, half = "who", "part"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load(DataFile.of(path, label, group, half))


def npz(**arrays: Any) -> bytes:
    """Arrays as the bytes of an npz file."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def parquet(**columns: Any) -> bytes:
    """Columns as the bytes of a Parquet file."""
    arrow = pytest.importorskip("pyarrow")
    parquet_module = pytest.importorskip("pyarrow.parquet")
    stream = io.BytesIO()
    parquet_module.write_table(arrow.table(columns), stream)
    return stream.getvalue()


def same(one: OwnTask, other: OwnTask) -> bool:
    """Whether two tasks hold the same numbers under the same names."""
    arrays = ("features", "labels", "groups", "half", "recording")
    names = ("class_names", "group_names", "feature_names")
    return all(
        np.array_equal(getattr(one, a), getattr(other, a)) for a in arrays
    ) and all(getattr(one, n) == getattr(other, n) for n in names)


def test_a_table_is_a_task(tmp_path: Path) -> None:
    """Columns that have no other duty are features; names are in order."""
    task = task_of(tmp_path / "gait.csv", ROWS)
    assert ("speed", "load") == task.feature_names
    assert ("run", "walk") == task.class_names
    assert ("ann", "bob") == task.group_names
    assert [1, 0, 0, 1, 0, 1, 1] == task.labels.tolist()
    assert [0, 0, 0, 0, 1, 1, 1] == task.groups.tolist()
    assert [0, 0, 1, 1, 0, 0, 1] == task.half.tolist()
    assert [-10.0, 4.0] == task.features[2].tolist()
    assert "gait.csv" == task.name


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + ROWS,
        ROWS.replace(",", ";"),
        ROWS.replace(",", ";").replace(".", ","),
        ROWS.replace(",", "\t").replace(".", ","),
        ROWS.replace("\n", "\r\n"),
        ROWS.replace("\n", "\n\n"),
        "\n" + ROWS.replace(",", " , "),
        ROWS.replace("ann", '"ann"').replace("1.5", '"1.5"'),
        ROWS.replace("1.5", "+1.50").replace("-1e1", "-10"),
        ROWS.replace(",0\n", ",learn\n").replace(",1\n", ",Test\n"),
    ],
)
def test_csv_as_people_write_it(tmp_path: Path, text: str) -> None:
    """Marks, delimiters, decimal commas, quotes and line ends change no number."""
    expected = task_of(tmp_path / "plain.csv", ROWS)
    assert same(expected, task_of(tmp_path / "own.csv", text))


def test_three_formats_are_one_task(tmp_path: Path) -> None:
    """The same columns as arrays and as Parquet, texts as dictionaries too."""
    expected = task_of(tmp_path / "plain.csv", ROWS)
    columns: dict[str, Any] = {
        "speed": np.array([1.5, 2.5, -10, 0.25, 7, 8, 9]),
        "load": np.array([-3, 4, 4, 8, 1, 2, 3], np.int8),
        "who": np.array(["ann"] * 4 + ["bob"] * 3),
        "gait": np.array("walk run run walk run walk walk".split()),
        "part": np.array([0, 0, 1, 1, 0, 0, 1], bool),
    }
    assert same(expected, task_of(tmp_path / "own.npz", npz(**columns)))
    assert same(expected, task_of(tmp_path / "own.parquet", parquet(**columns)))
    arrow = pytest.importorskip("pyarrow")
    columns["who"] = arrow.array(columns["who"].tolist()).dictionary_encode()
    assert same(expected, task_of(tmp_path / "own.parquet", parquet(**columns)))


def test_an_array_of_two_dimensions_is_columns(tmp_path: Path) -> None:
    """X of (n, k) is X[0] .. X[k-1], beside y and others of one dimension."""
    X = np.arange(12, dtype=np.float32).reshape(6, 2)
    y = np.array([10, 2, 10, 2, 10, 2])
    task = task_of(tmp_path / "own.npz", npz(X=X, extra=y, y=y), "y")
    assert ("X[0]", "X[1]", "extra") == task.feature_names
    assert ("2", "10") == task.class_names
    assert [1, 0, 1, 0, 1, 0] == task.labels.tolist()
    assert X.tolist() == task.features[:, :2].tolist()


def test_fixed_point() -> None:
    """The learned range is +-2^12 .. 2^13 around its middle; others saturate."""
    values = np.array([[0.0, 5.0], [3.0, 5.0], [1.5, 5.0], [99.0, 6.0], [-1e308, 5.0]])
    codes = fixed_point(values, np.array([0, 1, 2]))
    assert [-6144, 6144, 0, 32767, -32767] == codes[:, 0].tolist()  # 1.5 x 2^12
    assert [0, 0, 0, 0, 0] == codes[:, 1].tolist()
    assert np.int16 == codes.dtype


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e9, 1e300])
def test_fixed_point_of_any_scale(scale: float) -> None:
    """Any unit gives the same features to within one, of at least 2^12."""
    draw = np.random.default_rng(3).normal(size=(50, 4))
    codes = fixed_point(draw * scale, np.arange(50)).astype(int)
    assert (codes.max(axis=0) >= 4096).all()
    assert (codes.max(axis=0) <= 8192).all()
    assert (np.abs(codes.max(axis=0) + codes.min(axis=0)) <= 1).all()


def test_no_test_row_moves_the_scale(tmp_path: Path) -> None:
    """What is only tested changes no feature of the other rows."""
    task = task_of(tmp_path / "one.csv", ROWS)
    other = task_of(tmp_path / "two.csv", ROWS.replace("-1e1,4", "-1e9,77"))
    learn, _ = learn_and_test(task, -1, 0)
    kept = [0, 1, 3, 4, 5, 6]
    expected = task.integers(learn)[kept]
    assert expected.tolist() == other.integers(learn)[kept].tolist()


def test_split_by_seed_within_a_subject(tmp_path: Path) -> None:
    """Without halves a fifth of each class of a group is tested, by seed."""
    lines = [f"{k},{'ab'[k % 2]},{'xy'[k // 20]}" for k in range(40)]
    text = "\n".join(["f,label,who", *lines, ""])
    task = task_of(tmp_path / "own.csv", text, "label", "who")
    seen = set()
    for seed in range(4):
        learn, test = learn_and_test(task, 1, seed)
        assert list(range(20, 40)) == sorted([*learn, *test])
        assert [2, 2] == np.bincount(task.labels[test]).tolist()
        seen.add(tuple(sorted(test)))
    assert len(seen) > 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2.5,4", "fast,4", "column 'speed', line 3: 'fast' is not a finite number"),
        ("2.5,4", ",4", "column 'speed', line 3: an empty field is not a finite"),
        ("2.5,4", "nan,4", "column 'speed', line 3: 'nan' is not a finite number"),
        ("2.5,4", "inf,4", "line 3: 'inf' is not a finite number"),
        ("2.5,4", "1e999,4", "line 3: '1e999' is not within +-1.8e308"),
        ("2.5,4", "1_0,4", "line 3: '1_0' is not a finite number"),
        ("2.5,4", "2,5,4", "line 3: 6 fields, not the 5 of the names (decimal commas"),
        ("7,1,bob", "7,1", "line 6: 4 fields, not the 5 of the names"),
        ("run", "walk", "column 'gait' has 1 class; 2..4096 fit"),
        (",walk,0", ",walk,1", "column 'gait', line 2: class 'walk' is never learned"),
        ("bob", "ann", "column 'who' names 1 group, 'ann'; at least 2 are needed"),
        (",run,1", ",run,2", "column 'part', line 4: '2' is not 0, 1, learn or test"),
        (",1\n", ",0\n", "column 'part': no row to test on (half 1)"),
        (",0\n", ",1\n", "column 'part': no row to learn from (half 0)"),
        ("7,1,bob,run", "7,1,bob,", "column 'gait', line 6: an empty field; labels"),
        ("7,1,bob", "7,1,", "column 'who', line 6: an empty field; groups"),
        ("speed", "load", "two columns have the name 'load'"),
        ("speed", "", "column 1 of 5 has no name"),
        ("gait", "gate", "no column 'gait' (--label); did you mean gate"),
        ("who", "zz", "no column 'who' (--group); there are speed, load, zz, gait"),
        ("2.5,4", '"2.5"x,4', "line 3: ',' expected after '\"'"),
    ],
)
def test_csv_refusals(tmp_path: Path, old: str, new: str, words: str) -> None:
    """File, column, line and range are named."""
    with pytest.raises(DataError) as raised:
        task_of(tmp_path / "own.csv", ROWS.replace(old, new))
    message = str(raised.value)
    assert message.startswith("own.csv: ")
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (ROWS.splitlines()[0].encode(), "no rows, at least 1 is needed"),
        (b"1,2\n3,4\n", "line 1: names of columns are wanted, not numbers"),
        (b"\xff\xfea\0", "not UTF-8 text (byte 0)"),
        (b"a,b\0c\n", "not a text file"),
        (b"gait,who,part\nx,a,0\ny,b,1\n", "0 columns of features; 1..4096 fit"),
        (b"f;gait;who;part\n1,5;x;a;0\n1.5;y;b;1\n", "line 3: '1.5': decimal points"),
    ],
)
def test_csv_that_is_no_table(tmp_path: Path, text: bytes, words: str) -> None:
    """An empty, binary or nameless file is refused, and one that mixes decimals."""
    with pytest.raises(DataError) as raised:
        task_of(tmp_path / "own.csv", text)
    assert words in str(raised.value)


def test_labels_that_are_floats(tmp_path: Path) -> None:
    """Floats are no labels in any format; 007 is a text, and 7 another."""
    text = "f,y\n1,0.0\n2,1.0\n"
    with pytest.raises(DataError, match=r"column 'y', line 2: 0\.0 is a float; labels"):
        task_of(tmp_path / "own.csv", text, "y")
    floats = {"f": np.arange(2.0), "y": np.array([0.0, 1.0])}
    for ending, content in (("npz", npz(**floats)), ("parquet", parquet(**floats))):
        with pytest.raises(DataError, match=r"column 'y' is (float64|double); labels"):
            task_of(tmp_path / f"own.{ending}", content, "y")
    task = task_of(tmp_path / "own.csv", "f,y\n1,007\n2,7\n", "y")
    assert ("007", "7") == task.class_names


ARRAY = np.arange(4.0)
CODES = np.array([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": np.array([1, "x", None, 2], object)}, "key 'a' is an array of Python"),
        ({"a": np.zeros((4, 2, 2))}, "key 'a' has 3 dimensions; (n,) or (n, k)"),
        ({"a": np.array(3)}, "key 'a' has 0 dimensions"),
        ({"a": np.arange(5)}, "'a' has 5 rows, but 'y' 4"),
        ({"a": ARRAY * 1j}, "key 'a' is complex128; numbers or texts are wanted"),
        ({"a": ARRAY.astype("M8[s]")}, "key 'a' is datetime64[s]"),
        (
            {"a": np.array([1, 2, np.inf, 3])},
            "column 'a', index 2: inf is not a finite",
        ),
        ({"a": ["1", "2", "x", "4"]}, "column 'a', index 2: 'x' is not a finite"),
        ({"a": np.zeros((4, 4097))}, "4097 columns of features; 1..4096 fit"),
        ({"y": np.zeros((4, 1), int)}, "no column 'y' (--label); there are y[0]"),
    ],
)
def test_npz_refusals(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    """Objects, shapes, lengths and kinds that are no table are refused by key."""
    with pytest.raises(DataError) as raised:
        task_of(tmp_path / "own.npz", npz(**{"y": CODES, **arrays}), "y")
    assert words in str(raised.value)


@pytest.mark.parametrize("ending", ["npz", "parquet"])
def test_files_that_are_no_archives(tmp_path: Path, ending: str) -> None:
    """Text, a lone array and every prefix of a good file are refused."""
    columns = {"f": ARRAY, "y": CODES}
    good = npz(**columns) if ending == "npz" else parquet(**columns)
    lone = io.BytesIO()
    np.save(lone, ARRAY)
    path = tmp_path / f"own.{ending}"
    bad = [b"f,y\n1,2\n", lone.getvalue(), b"PK\x03\x04", b"\x80\x04K\x01."]
    for content in [*bad, *(good[:end] for end in range(1, len(good), 37))]:
        with pytest.raises(DataError, match=r"own\.\w+: "):
            task_of(path, content, "y")
    assert ("0", "1") == task_of(path, good, "y").class_names


def test_a_stranger_in_an_archive(tmp_path: Path) -> None:
    """A file in the zip that is no array is refused by name."""
    stream = io.BytesIO(npz(y=CODES))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("note.txt", "hello")
    with pytest.raises(DataError, match=r"key 'note\.txt' is no array"):
        task_of(tmp_path / "own.npz", stream.getvalue(), "y")


def test_parquet_refusals(tmp_path: Path) -> None:
    """A null and a column of lists are refused by column and index."""
    pytest.importorskip("pyarrow")
    path = tmp_path / "own.parquet"
    with pytest.raises(DataError, match=r"column 'f', index 1: no value \(null\)"):
        task_of(path, parquet(f=[1.0, None], y=["a", "b"]), "y")
    with pytest.raises(DataError, match=r"column 'f' is list<.*numbers or texts"):
        task_of(path, parquet(f=[[1.0], [2.0]], y=["a", "b"]), "y")


def test_parquet_without_pyarrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing package is one line that says how to get it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(PackageError, match=r"own\.parquet: pyarrow is missing; pip"):
        task_of(tmp_path / "own.parquet", b"PAR1", "y")


def test_places(tmp_path: Path) -> None:
    """A file that is not there, a folder and an unknown ending are refused."""
    with pytest.raises(DataError, match=r"none\.csv: no such file; --data takes"):
        DataFile.of(tmp_path / "none.csv", "y")
    with pytest.raises(DataError, match="not a file"):
        DataFile.of(tmp_path, "y")
    with pytest.raises(DataError, match=r"own\.xlsx: ends in none of \.npz, \.csv"):
        task_of(tmp_path / "own.xlsx", ROWS)
    with pytest.raises(DataError, match="--label, --group: both name column 'gait'"):
        task_of(tmp_path / "own.csv", ROWS, "gait", "gait")


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A file that changed or went since it was named is not learned."""
    path = tmp_path / "own.csv"
    path.write_text(ROWS)
    data = DataFile.of(path, "gait", "who", "part")
    before = load(data).digest
    path.write_text(ROWS.replace("1.5", "1.6"))
    with pytest.raises(DataError, match=r"own\.csv: has changed: sha256 [0-9a-f]{16}"):
        load(data)
    path.unlink()
    with pytest.raises(DataError, match="no such file"):
        load(data)
    path.write_text(ROWS)
    assert before == load(data).digest
    assert before != load(DataFile.of(path, "gait", "who")).digest


def test_constant_columns_are_kept_and_told(tmp_path: Path) -> None:
    """A column of one value is an input of code 0, and the notes name it."""
    task = task_of(tmp_path / "own.csv", "a,b,y\n1,5,x\n2,5,z\n", "y")
    assert ("a", "b") == task.feature_names
    assert "own.csv: 2 rows, 2 features; classes: x, z" == task.notes()[0]
    assert task.notes()[1].endswith("are kept, as inputs of code 0: b")


def test_origin_names_file_and_columns(tmp_path: Path) -> None:
    """Figures carry the file's name and digest, never its folder, and all columns."""
    task = task_of(tmp_path / "own.csv", ROWS)
    origin = task.origin()["data"]
    assert "own.csv" == origin["file"]
    assert task.data.digest == origin["sha256"]
    assert ("gait", "who", "part") == (
        origin["label"], origin["group"], origin["half"]
    )  # fmt: skip
    assert ["speed", "load"] == origin["features"]
    assert ["ann", "bob"] == origin["groups"]


def test_groups_by_name_and_by_index(tmp_path: Path) -> None:
    """Texts have an index too; numbers are names and nothing else."""
    task = task_of(tmp_path / "own.csv", ROWS)
    assert (1, 0) == find_groups(task, ("bob", "ann"))
    assert (0, 1) == find_groups(task, ("0-1",))
    assert (1,) == find_groups(task, ("1",))
    for wrong, words in (
        ("bop", "'bop' is no group (bob), nor in 0..1"),
        ("2", "0..1"),
    ):
        with pytest.raises(DataError) as raised:
            find_groups(task, (wrong,))
        assert words in str(raised.value)
    with pytest.raises(DataError, match="'ann,0' names a group twice"):
        find_groups(task, ("ann", "0"))
    numbered = ROWS.replace("ann", "3").replace("bob", "7")
    task = task_of(tmp_path / "own.csv", numbered)
    assert (1,) == find_groups(task, ("7",))
    with pytest.raises(DataError, match=r"'0' is no group \(3, 7\)$"):
        find_groups(task, ("0",))


def test_damaged_tables_never_crash() -> None:
    """A byte changed anywhere gives a table or a refusal, nothing else."""
    draw = np.random.default_rng(11)
    files = {
        "own.csv": ROWS.encode(),
        "own.npz": npz(f=ARRAY, y=CODES, t=["a", "b", "c", "d"]),
        "own.parquet": parquet(f=ARRAY, y=CODES, t=["a", "b", "c", "d"]),
    }
    for name, good in files.items():
        for place in draw.integers(0, len(good), 150):
            bad = bytearray(good)
            bad[place] = draw.integers(0, 256)
            with contextlib.suppress(DataError):
                read_columns(bytes(bad), name)
