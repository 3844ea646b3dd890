"""Tables: CSV and XLSX of any country read as rows of text, and dangerous ones refused."""

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.workbooks import (
    DATE_STYLE,
    TIME_STYLE,
    number,
    row,
    text,
    texts,
    write_workbook,
)
from yuanliu.exchange import tables, workbook
from yuanliu.exchange.cells import Notation
from yuanliu.exchange.mapping import FileForm
from yuanliu.exchange.refusals import (
    FileDangerous,
    FileEncodingWrong,
    FileMissing,
    FileNotTable,
    FileTooLarge,
    HeadingTwice,
    SheetMissing,
)
from yuanliu.exchange.tables import Row, open_table

FORM = FileForm(delimiter=";")


def write(path, content, encoding="utf-8"):
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path, form=FORM):
    table = open_table(path, form)
    return table.headings, [(found.number, found.cells) for found in table.rows()]


# CSV


def test_a_csv_gives_its_heading_and_rows_with_their_numbers(tmp_path):
    path = write(tmp_path / "a.csv", 'lot;name\r\n007;"a;b"\r\n\r\n   ; \r\n8;"two\nlines"\r\n9;x')
    assert read(path) == (
        ("lot", "name"),
        [(2, ["007", "a;b"]), (5, ["8", "two\nlines"]), (6, ["9", "x"])],
    )


def test_title_lines_before_the_heading_and_units_after_it_are_skipped(tmp_path):
    path = write(tmp_path / "a.csv", "Report\n\nlot;water\n;%\n1;2\n")
    assert read(path, FileForm(delimiter=";", header=3, skip=1)) == (
        ("lot", "water"),
        [(5, ["1", "2"])],
    )


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-8", "utf-16"),
        ("gb18030", "gb18030"),
        ("cp1250", "cp1250"),
    ],
)
def test_every_encoding_gives_the_same_text(tmp_path, encoding, written):
    word = "šarža" if written == "cp1250" else "批号"
    path = write(tmp_path / "a.csv", f"{word};x\n1;2\n", written)
    assert read(path, FileForm(delimiter=";", encodings=(encoding,)))[0] == (word, "x")


def test_the_first_encoding_that_fits_the_whole_file_is_taken(tmp_path):
    path = write(tmp_path / "a.csv", "批号;x\n1;2\n", "gb18030")
    assert read(path, FileForm(delimiter=";", encodings=("utf-8", "gb18030")))[0] == ("批号", "x")


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path):
    path = write(tmp_path / "a.csv", b"lot;x\n1;2\n3;\xff\n")
    with pytest.raises(FileEncodingWrong) as refusal:
        read(path)
    assert refusal.value.facts == {"file": "a.csv", "encoding": "utf-8", "line": 3, "byte": 12}


def test_the_place_of_a_bad_byte_is_right_across_blocks(tmp_path, monkeypatch):
    content = "é".encode() * 40 + b"\n" + b"\xc3("
    for block in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr(tables, "CHUNK", block)
        with pytest.raises(FileEncodingWrong) as refusal:
            read(write(tmp_path / "a.csv", content))
        assert (refusal.value.facts["line"], refusal.value.facts["byte"]) == (2, 81)


def test_a_stray_quote_is_refused_or_taken_as_it_stands(tmp_path):
    path = write(tmp_path / "a.csv", 'lot;size\n1;"2" pipe\n')
    with pytest.raises(FileNotTable) as refusal:
        read(path)
    assert refusal.value.facts["row"] == 2
    assert read(path, FileForm(delimiter=";", quote=""))[1] == [(2, ["1", '"2" pipe'])]


def test_cells_beyond_the_heading_that_hold_nothing_are_no_cells(tmp_path):
    path = write(tmp_path / "a.csv", "a;b;\n1;2;;\n1;2;3;\n1\n")
    assert read(path) == (("a", "b"), [(2, ["1", "2"]), (3, ["1", "2", "3"]), (4, ["1"])])


def test_a_heading_is_found_by_any_of_its_names_whatever_case_or_blanks(tmp_path):
    table = open_table(write(tmp_path / "a.csv", "Lot  Number; 批号 \n"), FORM)
    assert table.find(["nothing", "lot number"]) == 0
    assert table.find(["批号"]) == 1
    assert table.find(["lot"]) is None


def test_two_columns_of_one_heading_are_refused_where_it_matters(tmp_path):
    table = open_table(write(tmp_path / "a.csv", "a;A;b\n"), FORM)
    assert table.find(["b"]) == 2
    with pytest.raises(HeadingTwice):
        table.find(["a"])


def test_a_file_that_is_not_there_or_is_empty_or_no_table_is_refused(tmp_path):
    with pytest.raises(FileMissing):
        read(tmp_path / "none.csv")
    with pytest.raises(FileMissing):
        read(tmp_path)
    with pytest.raises(FileNotTable):
        read(write(tmp_path / "empty.csv", ""))
    with pytest.raises(FileNotTable):
        read(write(tmp_path / "old.xls", b"\xd0\xcf\x11\xe0"))
    with pytest.raises(FileNotTable):
        read(write(tmp_path / "huge.csv", "a\n" + "x" * 200_000))


def test_a_file_above_the_limit_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "BYTES_MAX", 10)
    with pytest.raises(FileTooLarge):
        read(write(tmp_path / "a.csv", b"\xff" * 11))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("any")
    for name in ("a.csv", "a.xlsx"):
        try:
            headings, rows = read(write(folder / name, content))
        except (FileEncodingWrong, FileNotTable):
            continue
        assert all(cell == cell + "" for _, cells in rows for cell in cells)


def test_a_file_of_errors_reads_as_the_file_it_came_from(tmp_path):
    path = write(
        tmp_path / "a.errors.csv",
        "lot;note;error_row;error_column;error_value;error_reason\n"
        "1;'=1+1;7;note;x;y\n2;'plain';8;*;;z\n3;n\n",
    )
    table = open_table(path, FORM)
    assert table.headings == ("lot", "note")
    assert list(table.rows()) == [
        Row(2, ["1", "=1+1"]),
        Row(3, ["2", "'plain'"], unsettled=True),
        Row(4, ["3", "n"]),
    ]


# XLSX


def sheet(*rows):
    return "".join(rows)


def test_a_workbook_gives_the_text_a_csv_would_hold(tmp_path):
    cells = row(
        2,
        number("A2", "123"),
        number("B2", "0.1"),
        number("C2", "94.500000000000014"),
        number("D2", "43405", style=DATE_STYLE),
        number("E2", "43405.5", style=TIME_STYLE),
        text("F2", "007"),
        '<c r="G2" t="b"><v>1</v></c>',
        number("H2", "-0"),
        number("I2", "123456789012345"),
        number("J2", "7.08E-05"),
    )
    path = write_workbook(tmp_path / "a.xlsx", {"Data": sheet(texts(1, *"abcdefghij"), cells)})
    _, rows = read(path)
    assert rows == [
        (2, ["123", "0.1", "94.5", "2018-11-01", "2018-11-01 12:00:00", "007", "TRUE", "0",
             "123456789012345", "0.0000708"])
    ]  # fmt: skip
    comma = FileForm(notation=Notation(","))
    assert read(path, comma)[1][0][1][1:3] == ["0,1", "94,5"]


def test_a_number_longer_than_a_spreadsheet_keeps_is_shown_as_the_spreadsheet_shows_it(tmp_path):
    cells = row(2, number("A2", "6901234567890123456"), text("B2", "6901234567890123456"))
    path = write_workbook(tmp_path / "a.xlsx", {"Data": sheet(texts(1, "a", "b"), cells)})
    assert read(path)[1] == [(2, ["6.90123E+18", "6901234567890123456"])]


def test_a_formula_that_failed_is_shown_and_not_taken_for_a_blank(tmp_path):
    failed = '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    cells = row(2, number("A2", "1"), failed, number("C2", "3"))
    other = row(2, '<c r="A2" t="e"><v>#N/A</v></c>')
    path = write_workbook(
        tmp_path / "a.xlsx",
        {"One": sheet(texts(1, "a"), other), "Two": sheet(texts(1, "a", "b", "c"), cells)},
    )
    assert read(path)[1] == [(2, ["#N/A"])]
    assert read(path, FileForm(sheet="Two"))[1] == [(2, ["1", "#DIV/0!", "3"])]


def test_row_numbers_are_those_of_the_sheet(tmp_path):
    path = write_workbook(
        tmp_path / "a.xlsx", {"Data": sheet(texts(3, "a", "b"), texts(6, "1", "2"))}
    )
    assert read(path, FileForm(header=3)) == (("a", "b"), [(6, ["1", "2"])])


def test_a_sheet_is_found_by_name_or_number(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"One": texts(1, "a"), "二": texts(1, "b")})
    assert read(path)[0] == ("a",)
    assert read(path, FileForm(sheet="二"))[0] == ("b",)
    assert read(path, FileForm(sheet="2"))[0] == ("b",)
    with pytest.raises(SheetMissing) as refusal:
        read(path, FileForm(sheet="3"))
    assert refusal.value.facts["known"] == "One, 二"


def test_a_sheet_that_spans_more_cells_than_are_read_is_refused(tmp_path):
    # Three hundred bytes that the reading library would lay out as half a terabyte.
    far = sheet(row(1, number("A1", "1")), row(1048576, number("XFD1048576", "1")))
    with pytest.raises(FileTooLarge):
        read(write_workbook(tmp_path / "a.xlsx", {"Data": far}))
    tall = sheet(row(1, number("A1", "1")), row(1, number("F999999", "1")))
    with pytest.raises(FileTooLarge):
        read(write_workbook(tmp_path / "a.xlsx", {"Data": tall}))


def test_a_cell_far_out_is_seen_across_blocks(tmp_path, monkeypatch):
    far = sheet(row(1, number("A1", "1")), row(1048576, number("XFD1048576", "1")))
    path = write_workbook(tmp_path / "a.xlsx", {"Data": far})
    for block in (7, 64, 100, 333):
        monkeypatch.setattr(workbook, "CHUNK", block)
        with pytest.raises(FileTooLarge):
            workbook.check_workbook(path)


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path):
    bomb = {"xl/media/zeros.bin": bytes(20_000_000)}
    path = write_workbook(tmp_path / "a.xlsx", {"Data": texts(1, "a")}, extra=bomb)
    assert path.stat().st_size < 50_000
    with pytest.raises(FileDangerous):
        read(path)


def test_a_workbook_above_the_limit_is_refused_while_it_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "UNPACKED_MAX", 1_000)
    with pytest.raises(FileTooLarge):
        read(write_workbook(tmp_path / "a.xlsx", {"Data": texts(1, "a")}))


def test_an_archive_of_many_members_or_archives_or_entities_is_refused(tmp_path):
    data = {"Data": texts(1, "a")}
    many = {f"x/{n}": b"" for n in range(1_000)}
    entity = {"xl/sharedStrings.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}
    wide = {"xl/more.xml": b"\xff\xfe" + "<a/>".encode("utf-16-le")}
    for extra in (many, entity, wide, {"inner.zip": b"PK"}):
        with pytest.raises(FileDangerous):
            read(write_workbook(tmp_path / "a.xlsx", data, extra=extra))


def test_a_member_that_lies_about_its_size_is_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"Data": texts(1, "a")}, extra={"x": b"A" * 5_000})
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(FileNotTable):
        read(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
    with pytest.raises(FileNotTable):
        read(path)
