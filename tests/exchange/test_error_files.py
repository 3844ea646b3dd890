"""Files of errors: every bad row comes back, as it was and with the reason."""

import csv
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from yuanliu.exchange.error_files import CellError, ErrorFile, error_path, source_stem
from yuanliu.exchange.mapping import FileForm
from yuanliu.exchange.tables import Row, open_table

REASON = CellError(column="lot", value="=x", reason="It is so; “really”.")


def bring_back(folder, form, cells, encoding="utf-8", name="in.csv"):
    path = folder / name
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=form.delimiter).writerows([["lot", "note"], ["1", "2"]])
    table = open_table(path, form)
    errors = ErrorFile(table, error_path(path))
    errors.write(Row(7, cells), [REASON])
    return errors.close(keep=True)


def test_the_file_of_errors_stands_beside_the_file(tmp_path):
    assert error_path(tmp_path / "Lab.csv") == tmp_path / "Lab.errors.csv"
    assert error_path(tmp_path / "Lab.xlsx") == tmp_path / "Lab.errors.csv"


def test_errors_left_in_a_file_of_errors_go_to_the_next(tmp_path):
    assert error_path(tmp_path / "Lab.errors.csv") == tmp_path / "Lab.errors.2.csv"
    assert error_path(tmp_path / "Lab.errors.2.csv") == tmp_path / "Lab.errors.3.csv"
    assert [source_stem(name) for name in ("Lab", "Lab.errors", "Lab.errors.12")] == ["Lab"] * 3


def test_where_nothing_may_be_written_the_file_goes_where_the_program_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert error_path(Path("/proc/1/Lab.csv")) == tmp_path / "Lab.errors.csv"


def test_a_bad_row_is_written_with_what_is_wrong(tmp_path):
    place = bring_back(tmp_path, FileForm(delimiter=";"), ["=1+1", "-5"])
    assert place.read_bytes() == (
        b"\xef\xbb\xbflot;note;error_row;error_column;error_value;error_reason\r\n"
        b"'=1+1;-5;7;lot;'=x;" + '"It is so; “really”."\r\n'.encode()
    )


def test_no_bad_row_no_file(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("lot\n", encoding="utf-8")
    errors = ErrorFile(open_table(path, FileForm()), error_path(path))
    assert errors.close(keep=True) is None
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.csv"]


def test_an_import_that_breaks_off_leaves_no_file(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("lot\n", encoding="utf-8")
    errors = ErrorFile(open_table(path, FileForm()), error_path(path))
    errors.write(Row(2, ["1"]), [REASON])
    assert errors.close(keep=False) is None
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.csv"]


def test_a_row_of_the_wrong_length_says_so_until_a_person_settles_it(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("lot,note\n", encoding="utf-8")
    errors = ErrorFile(open_table(path, FileForm()), error_path(path))
    whole = CellError(column="*", value="", reason="wrong")
    errors.write(Row(2, ["1"]), [whole])
    errors.write(Row(3, ["1", "2", "3", "4"]), [whole])
    place = errors.close(keep=True)
    table = open_table(place, FileForm())
    assert list(table.rows()) == [
        Row(2, ["1", ""], unsettled=True),
        Row(3, ["1", "2"], unsettled=True),
    ]
    assert "3,*," in place.read_text("utf-8-sig") and '"3,4"' in place.read_text("utf-8-sig")


def test_the_encoding_and_delimiter_are_those_of_the_file(tmp_path):
    form = FileForm(delimiter="\t", encodings=("gb18030",))
    place = bring_back(tmp_path, form, ["批号", "x"], encoding="gb18030")
    assert place.read_bytes().decode("gb18030").splitlines()[1].split("\t")[:2] == ["批号", "x"]


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@given(CELL, CELL)
def test_every_row_comes_back_as_it_was(tmp_path_factory, lot, note):
    if not (lot + note).strip():
        return  # a row of blanks is no row
    folder = tmp_path_factory.mktemp("rows")
    place = bring_back(folder, FileForm(delimiter=";"), [lot, note])
    ((row),) = open_table(place, FileForm(delimiter=";")).rows()
    assert row.cells == [lot, note]


def test_a_file_without_quotes_stays_one_without(tmp_path):
    form = FileForm(delimiter=";", quote="")
    place = bring_back(tmp_path, form, ['2" pipe', "x"])
    (row,) = open_table(place, form).rows()
    assert row.cells == ['2" pipe', "x"]
