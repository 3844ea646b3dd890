"""Why a file, a mapping or a row cannot be taken in. Every sentence says what to do next."""

from __future__ import annotations

from yuanliu.base.refusal import Refusal
from yuanliu.base.text import gettext_noop


class UnknownMapping(Refusal):
    """Say that no mapping has this name."""

    code = "unknown_mapping"
    sentence = gettext_noop(
        "There is no mapping “%(name)s”. Known are %(known)s; or give the path of a mapping"
        " file (.yaml)."
    )
    status = 404


class MappingNotYaml(Refusal):
    """Say that a mapping file is not plain YAML."""

    code = "mapping_not_yaml"
    sentence = gettext_noop("%(file)s, line %(line)s is not plain YAML: %(problem)s.")
    status = 422
    phrases = ("problem",)


class MappingMemberUnknown(Refusal):
    """Say that a mapping has a member nobody knows."""

    code = "mapping_member_unknown"
    sentence = gettext_noop(
        "%(file)s, line %(line)s: “%(field)s” is not known here. Known are %(known)s."
    )
    status = 422


class MappingMemberMissing(Refusal):
    """Say that a mapping lacks a member."""

    code = "mapping_member_missing"
    sentence = gettext_noop("%(file)s, line %(line)s: “%(field)s” is missing.")
    status = 422


class MappingMemberWrong(Refusal):
    """Say that a member of a mapping cannot be what it is."""

    code = "mapping_member_wrong"
    sentence = gettext_noop(
        "%(file)s, line %(line)s, %(field)s: “%(value)s” cannot stand here. Wanted: %(wanted)s."
    )
    status = 422
    phrases = ("wanted",)


class FileMissing(Refusal):
    """Say that there is no such file."""

    code = "file_missing"
    sentence = gettext_noop("There is no file %(file)s, or it cannot be read.")
    status = 404


class FileTooLarge(Refusal):
    """Say that a file is larger than is read (RELIABILITY B4)."""

    code = "file_too_large"
    sentence = gettext_noop("%(file)s is too large: %(found)s, at most %(most)s. Divide it.")
    status = 413


class FileNotTable(Refusal):
    """Say that a file is neither CSV nor XLSX, or is damaged."""

    code = "file_not_table"
    sentence = gettext_noop(
        "%(file)s cannot be read as a table (row %(row)s). Export it again as CSV or XLSX,"
        " without a password."
    )
    status = 422


class FileDangerous(Refusal):
    """Say that an archive looks as if it were made to do harm (RELIABILITY B3, B4)."""

    code = "file_dangerous"
    sentence = gettext_noop(
        "%(file)s is refused: it unpacks to more than a spreadsheet would, or holds what a"
        " spreadsheet does not. Export the data as CSV."
    )
    status = 422


class FileEncodingWrong(Refusal):
    """Say that a file's bytes are not text in the encoding the mapping names."""

    code = "file_encoding_wrong"
    sentence = gettext_noop(
        "%(file)s is not text in %(encoding)s: line %(line)s, byte %(byte)s. Save it as"
        " UTF-8, or name its encoding in the mapping (Chinese spreadsheets often use"
        " gb18030)."
    )
    status = 422


class SheetMissing(Refusal):
    """Say that a workbook has no such sheet."""

    code = "sheet_missing"
    sentence = gettext_noop("%(file)s has no sheet “%(sheet)s”. Its sheets are %(known)s.")
    status = 422


class ColumnsMissing(Refusal):
    """Say that a file lacks columns the mapping cannot do without."""

    code = "columns_missing"
    sentence = gettext_noop(
        "%(file)s has no column %(missing)s in its heading (row %(row)s). Its columns are"
        " %(found)s. Check the mapping, its delimiter and the file."
    )
    status = 422


class HeadingTwice(Refusal):
    """Say that two columns have one heading."""

    code = "heading_twice"
    sentence = gettext_noop("%(file)s has two columns with the heading “%(heading)s”. Rename one.")
    status = 422


# Rows


class RowRagged(Refusal):
    """Say that a row has not as many cells as the heading."""

    code = "row_ragged"
    sentence = gettext_noop(
        "The row has %(cells)s cells, the heading has %(columns)s. Look for a delimiter or a"
        " quote too many or too few."
    )
    status = 422


class CellBlank(Refusal):
    """Say that a cell that is needed is blank."""

    code = "cell_blank"
    sentence = gettext_noop("This column is needed and is blank.")
    status = 422


class CellNotNumber(Refusal):
    """Say that a cell is not a number in the file's notation."""

    code = "cell_not_number"
    sentence = gettext_noop(
        "“%(value)s” is not a number. The file writes numbers like %(example)s."
    )
    status = 422


class CellNotTime(Refusal):
    """Say that a cell is not a time in any form the mapping names."""

    code = "cell_not_time"
    sentence = gettext_noop("“%(value)s” is not a time in the form %(formats)s.")
    status = 422


class CellNotListed(Refusal):
    """Say that a cell has a value the mapping has no translation for."""

    code = "cell_not_listed"
    sentence = gettext_noop("“%(value)s” is not a value the mapping knows. It knows %(known)s.")
    status = 422


class CellFormulaFailed(Refusal):
    """Say that a formula of the spreadsheet failed, so that the cell holds no value."""

    code = "cell_formula_failed"
    sentence = gettext_noop(
        "A formula failed in the spreadsheet: “%(value)s”. Repair it there, or write the value."
    )
    status = 422


class CellSpoiled(Refusal):
    """Say that a spreadsheet program has rounded a long number away."""

    code = "cell_spoiled"
    sentence = gettext_noop(
        "“%(value)s” was a long number once; the spreadsheet program has rounded it. Make the"
        " column text and export again."
    )
    status = 422


class RowDiffers(Refusal):
    """Say that a row tells anew, and differently, what was imported before."""

    code = "row_differs"
    sentence = gettext_noop(
        "%(thing)s was imported before with other values. Correct the earlier fact at"
        " position %(position)s, or restore this row."
    )


class ThingKnown(Refusal):
    """Say that a row tells of something that came into the ledger by another way."""

    code = "thing_known"
    sentence = gettext_noop(
        "%(thing)s is in the ledger already, but not by this mapping. Nothing was added to it."
    )


class JoinedTwice(Refusal):
    """Say that a second table tells twice, and differently, of one key."""

    code = "joined_twice"
    sentence = gettext_noop(
        "Rows %(first)s and %(second)s of %(file)s are about the same and differ. Leave one"
        " of them."
    )
    status = 422
