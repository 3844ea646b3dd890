"""Imports of the real tablet plant: counted against its file, repeated, broken, corrected."""

import csv
from collections import Counter
from decimal import Decimal

import pytest

from tests.exchange.workbooks import number, row, text, write_workbook
from yuanliu.base import moments
from yuanliu.base.canonical import loads
from yuanliu.capture.gate import Caller
from yuanliu.capture.imports import run_import
from yuanliu.exchange.mapping_reading import read_mapping
from yuanliu.exchange.refusals import (
    ColumnsMissing,
    FileMissing,
    MappingMemberMissing,
    MappingMemberUnknown,
    MappingMemberWrong,
    UnknownMapping,
)
from yuanliu.genealogy.models import Flow
from yuanliu.ledger.models import Entry, Receipt
from yuanliu.ledger.read import facts_from, size
from yuanliu.lots.models import Deviation, ResultRow, Traceable
from yuanliu.masterdata.models import Item
from yuanliu.samples import TABLETS

pytestmark = pytest.mark.django_db

NOW = moments.parse("2026-11-22T12:00:00Z").start
CALLER = Caller(actor="importer", channel="cli", may_write=frozenset("*"))
RAWS = {
    "api": ("API-{api_code}", "{api_batch}"),
    "smcc": ("SMCC", "{smcc_batch}"),
    "lactose": ("LACTOSE", "{lactose_batch}"),
    "starch": ("STARCH", "{starch_batch}"),
}
OF_LOTS = ("api_code", "api_batch", "smcc_batch", "lactose_batch", "starch_batch")


def plant_rows():
    with TABLETS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


ROWS = plant_rows()
HEADING = list(ROWS[0])


def imported(path, mapping="tablets", **options):
    return run_import(path, mapping=mapping, caller=CALLER, now=NOW, **options)


@pytest.fixture
def file_of(tmp_path):
    """Write rows as a file of the plant."""

    def write(rows, name="Laboratory.csv", encoding="utf-8", heading=None):
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(heading or HEADING)
            writer.writerows([list(row.values()) for row in rows])
        return path

    return write


def changed(row, **cells):
    return {**row, **cells}


def lots_in(row):
    return {(item.format(**row), lot.format(**row)) for item, lot in RAWS.values()}


def certificates(rows):
    """Give, for each raw lot, its certificates in the order of the file, equal ones once."""
    found = {}
    for told in rows:
        for name, (item, lot) in RAWS.items():
            tests = {
                column: told[column]
                for column in told
                if column.startswith(f"{name}_") and column not in OF_LOTS and told[column].strip()
            }
            values = {column: Decimal(value) for column, value in tests.items()}
            known = found.setdefault((item.format(**told), lot.format(**told)), [])
            if values and all(values != other for other, _ in known):
                known.append((values, tests))
    return found


def disagreements(rows):
    """Give every contradiction: what was told first of a characteristic stays the measure."""
    found = []
    for (item, lot), told in certificates(rows).items():
        first = {}
        for values, tests in told:
            for column, value in values.items():
                if column in first and first[column][0] != value:
                    found.append((f"{item}/{lot}", column, first[column][1], tests[column]))
                first.setdefault(column, (value, tests[column]))
    return sorted(found)


def listed_exceptions():
    told = [loads(facts) for facts in Deviation.objects.values_list("facts", flat=True)]
    return sorted((t["lot"], t["characteristic"], t["first"], t["second"]) for t in told)


def lots_by_item():
    return Counter(
        item.partition("-")[0] for item in Traceable.objects.values_list("item", flat=True)
    )


# The whole plant


def test_the_whole_plant_goes_in_as_its_file_counts_it_and_again_adds_nothing():
    report = imported(TABLETS)
    raw = set().union(*map(lots_in, ROWS))
    batches = {(row["code"], row["batch"]) for row in ROWS}
    told = certificates(ROWS)

    assert (report.rows, report.good, report.bad) == (839, 839, 0)
    assert report.joined == ("Process.csv",)
    assert report.errors_file is None
    assert lots_by_item() == {"TABLET": 839, "API": 209, "SMCC": 16, "LACTOSE": 18, "STARCH": 14}
    assert len(raw) == 257 and len(batches) == 839
    links = Flow.objects.filter(direction=0)
    assert links.count() == 4 * 839 == 3_356
    assert links.filter(quantity=None).count() == 3_356
    size_told = sum(Decimal(row["size"]) for row in ROWS)
    made = Flow.objects.filter(direction=1, unit="U2").values_list("quantity", flat=True)
    assert sum(map(Decimal, made)) == size_told
    kinds = Counter(Entry.objects.values_list("kind", flat=True))
    assert kinds == {
        "item_defined": 5 + 3 + 25,
        "received": 257,
        "produced": 839,
        "inspected": sum(map(len, told.values())) + 2 * 839,
        "parameters_recorded": 839,
    }
    assert sum(len(known) > 1 for known in told.values()) == 40
    assert listed_exceptions() == disagreements(ROWS)
    assert report.exceptions == {"certificates_disagree": len(disagreements(ROWS))}
    assert report.facts_recorded == size()

    before = size()
    again = imported(TABLETS)
    assert (again.good, again.rows_repeated, again.bad) == (839, 839, 0)
    assert (again.facts_recorded, again.groups_recorded, again.exceptions) == (0, 0, Counter())
    assert size() == before


def test_a_batch_has_its_size_its_results_its_parameters_and_its_month(file_of):
    with (TABLETS.parent / "Process.csv").open(encoding="utf-8", newline="") as file:
        heading, *process = list(csv.reader(file, delimiter=";"))
    path = file_of(ROWS[:3])
    file_of(
        [dict(zip(heading, row, strict=True)) for row in process[:2]],
        "Process.csv",
        heading=heading,
    )
    imported(path)
    batch = Traceable.objects.get(item="TABLET-25", number="1")
    assert (batch.content, batch.unit, batch.disposition) == ("240000", "U2", "released")
    results = dict(
        ResultRow.objects.filter(traceable=batch.key).values_list("characteristic", "value")
    )
    final = {"tbl_yield": "95.785", "dissolution_av": "93.83", "residual_solvent": "0.06"}
    assert final.items() <= results.items()
    assert results["tbl_rsd_weight"] == "0.92"
    assert len(results) == 18 + 8
    facts = [fact for fact in facts_from() if fact.kind == "parameters_recorded"]
    assert len(facts) == 2
    parameters = {name: told.value for name, told in facts[0].context.parameters.items()}
    assert len(parameters) == 27
    assert parameters["main_CompForce_mean"] == "4.255403727"
    assert (parameters["weekend"], parameters["startup_waste"]) == ("no", "5085")
    assert facts[0].occurred == moments.parse("2018-11")
    produced = next(fact for fact in facts_from() if fact.kind == "produced")
    assert produced.provenance.channel == "import"
    assert produced.provenance.raw.startswith("Laboratory.csv#2\n1;25;5MG;240000;nov.18;5;2;1;2;1;")


def test_a_raw_lot_is_received_in_the_month_of_its_first_batch_and_only_inferred(file_of):
    first, later = ROWS[0], changed(ROWS[1], start="sep.18")
    imported(file_of([first, later]))
    received = [fact for fact in facts_from() if fact.kind == "received"]
    assert {fact.grade.value for fact in received} == {"inferred"}
    assert {str(fact.occurred) for fact in received} == {str(moments.parse("2018-09"))}
    assert Traceable.objects.get(item="API-5", number="2").content is None
    assert Deviation.objects.count() == 0


def test_the_plants_next_months_go_in_after_the_first_or_alone(file_of):
    more = [
        changed(row, batch=str(2000 + at), code=row["code"] if at % 3 else "26", start=month)
        for at, (row, month) in enumerate(
            zip(ROWS[-40:], ["jan.21", "feb.21", "mar.21", "apr.21"] * 10, strict=True)
        )
    ]
    more[5] = changed(more[5], api_code="6", start="maj.2021")
    second = file_of(more, "Laboratory-2021.csv")
    alone = imported(second, dry_run=True)
    assert (alone.good, alone.bad, size()) == (40, 0, 0)
    imported(file_of(ROWS[-60:]))
    known = set().union(*map(lots_in, ROWS[-60:]))
    new = set().union(*map(lots_in, more)) - known
    before = Traceable.objects.count()
    report = imported(second)
    assert (report.good, report.bad, report.joined) == (40, 0, ())
    assert Traceable.objects.count() == before + 40 + len(new)
    assert Item.objects.filter(code__in=["API-6", "TABLET-26"]).count() == 2
    assert imported(second).facts_recorded == 0


def test_results_of_the_press_that_come_later_are_added_and_nothing_else(file_of):
    path = file_of(ROWS[:5])
    imported(path)
    process = (TABLETS.parent / "Process.csv").read_bytes()
    (path.parent / "Process.csv").write_bytes(process)
    report = imported(path)
    assert (report.facts_recorded, report.good, report.rows_repeated) == (5, 5, 0)
    assert imported(path).facts_recorded == 0


# Rows that repeat and rows that disagree


def test_a_row_that_stands_twice_adds_nothing(file_of):
    imported(file_of(ROWS[:2]))
    before = size()
    report = imported(file_of([ROWS[0], ROWS[0], ROWS[1], ROWS[0]], "other.csv"))
    assert (report.good, report.bad, report.rows_repeated, size()) == (4, 0, 4, before)


def test_certificates_are_compared_by_value_and_a_blank_says_nothing(file_of):
    same = changed(ROWS[1], api_content="94.50", api_water="1.530", api_ps09="   ")
    report = imported(file_of([ROWS[0], same]))
    assert report.exceptions == {}
    assert report.good == 2
    again = imported(file_of([changed(ROWS[0], api_content="94.500")], "again.csv"))
    assert (again.facts_recorded, again.bad) == (0, 0)


def test_two_rows_that_disagree_about_a_lot_are_both_kept_and_listed(file_of):
    other = changed(ROWS[1], api_water="9.9", lactose_water="")
    report = imported(file_of([ROWS[0], other, ROWS[2]]))
    assert (report.good, report.bad) == (3, 0)
    assert report.exceptions == {"certificates_disagree": 1}
    assert listed_exceptions() == [("API-5/2", "api_water", "1.53", "9.9")]
    lot = Traceable.objects.get(item="API-5", number="2")
    told = ResultRow.objects.filter(traceable=lot.key, characteristic="api_water")
    assert sorted(told.values_list("value", flat=True)) == ["1.53", "9.9"]
    assert report.listed[0].sentence().startswith("Two certificates disagree about api_water")


def test_a_batch_that_is_told_again_with_another_size_is_refused_and_the_first_stands(file_of):
    other = changed(ROWS[0], size="480000", batch_yield="1")
    report = imported(file_of([ROWS[0], other, ROWS[1]]))
    assert (report.good, report.bad) == (2, 1)
    assert [(e.row, e.refusal.code) for e in report.errors] == [(3, "row_differs")]
    position = report.errors[0].refusal.facts["position"]
    assert next(facts_from(position)).kind == "produced"
    assert Traceable.objects.get(item="TABLET-25", number="1").content == "240000"


def test_a_batch_that_came_in_by_another_way_is_not_made_again(file_of):
    path = file_of(ROWS[:1])
    imported(path)
    before = size()
    # The same rows through a mapping of another name: what happened once is not told twice.
    text = (TABLETS.parents[2] / "exchange" / "mappings" / "tablets.yaml").read_text("utf-8")
    other = read_mapping(text.replace("mapping: tablets", "mapping: mine"), file="mine.yaml")
    report = imported(path, other)
    assert [error.refusal.code for error in report.errors] == ["thing_known"]
    assert size() == before
    assert Traceable.objects.get(item="TABLET-25", number="1").content == "240000"
    assert Flow.objects.filter(direction=0).count() == 4


# Errors and their correction


def broken_rows():
    return [
        ROWS[0],
        changed(ROWS[1], size="24O000"),
        changed(ROWS[2], start="xyz.18"),
        changed(ROWS[3], api_batch="  "),
        changed(ROWS[4], start="nov.80", api_water="1,5"),
        ROWS[5],
    ]


def test_bad_rows_come_back_and_good_rows_go_in(file_of):
    path = file_of(broken_rows())
    report = imported(path)
    assert (report.rows, report.good, report.bad) == (6, 2, 4)
    assert [(e.row, e.column, e.value, e.refusal.code) for e in report.errors] == [
        (3, "size", "24O000", "cell_not_number"),
        (4, "start", "xyz.18", "cell_not_time"),
        (5, "api_batch", "  ", "cell_blank"),
        (6, "api_water", "1,5", "cell_not_number"),
    ]
    assert report.codes == {"cell_not_number": 2, "cell_not_time": 1, "cell_blank": 1}
    assert report.errors_file == str(path.with_name("Laboratory.errors.csv"))
    assert Traceable.objects.filter(item="TABLET-25").count() == 2
    with path.with_name("Laboratory.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        back = list(csv.DictReader(file, delimiter=";"))
    assert list(back[0]) == [*HEADING, "error_row", "error_column", "error_value", "error_reason"]
    assert [row["size"] for row in back] == ["24O000", "240000", "240000", "240000"]
    assert back[0]["error_reason"] == (
        "“24O000” is not a number. The file writes numbers like 1234.5."
    )


def test_corrected_rows_go_in_and_leave_what_the_whole_file_would_have_left(file_of):
    path = file_of(broken_rows())
    imported(path)
    place = path.with_name("Laboratory.errors.csv")
    text = place.read_text("utf-8-sig")
    for wrong, right in (("24O000", "240000"), ("xyz.18", "nov.18"), ("nov.80", "nov.18")):
        text = text.replace(wrong, right, 1)
    lines = text.splitlines()
    lines[3] = lines[3].replace(";  ;", f";{ROWS[3]['api_batch']};", 1)
    lines[4] = lines[4].replace(";1,5;", f";{ROWS[4]['api_water']};", 1)
    place.write_text("\n".join(lines), encoding="utf-8")
    report = imported(place)
    assert (report.good, report.bad, report.errors_file) == (4, 0, None)
    assert Traceable.objects.filter(item="TABLET-25").count() == 6
    before = size()
    assert imported(file_of(ROWS[:6])).facts_recorded == 0
    assert size() == before


def test_errors_that_stay_go_to_the_next_file(file_of):
    path = file_of(broken_rows())
    imported(path)
    report = imported(path.with_name("Laboratory.errors.csv"))
    assert (report.good, report.bad) == (0, 4)
    assert report.errors_file == str(path.with_name("Laboratory.errors.2.csv"))


def test_a_row_of_the_future_is_refused_by_the_gate_and_reported(file_of):
    report = imported(file_of([changed(ROWS[0], start="nov.30"), ROWS[1]]))
    assert [(e.row, e.column, e.refusal.code) for e in report.errors] == [(2, "", "in_the_future")]
    assert (report.good, report.bad) == (1, 1)
    assert Traceable.objects.filter(item="TABLET-25").count() == 1


def test_every_row_of_a_lot_that_could_not_be_received_is_reported(file_of):
    bad = [changed(row, api_batch="2\x07") for row in ROWS[:3]]
    report = imported(file_of([*bad, ROWS[5]]))
    assert (report.good, report.bad) == (1, 3)
    assert [(e.row, e.refusal.code) for e in report.errors] == [
        (2, "malformed"),
        (3, "malformed"),
        (4, "malformed"),
    ]
    assert Traceable.objects.filter(item="TABLET-25").count() == 1


def test_a_lot_whose_earlier_use_is_told_late_was_there_earlier(file_of):
    imported(file_of([changed(ROWS[0], start="mar.19")]))
    later = Traceable.objects.get(item="API-5", number="2")
    assert later.born_start == moments.parse("2019-03").start
    report = imported(file_of([changed(ROWS[1], start="nov.18")], "earlier.csv"))
    lot = Traceable.objects.get(item="API-5", number="2")
    assert (lot.id, lot.born_start) == (later.id, moments.parse("2018-11").start)
    assert (report.bad, report.exceptions) == (0, Counter())
    corrections = [fact for fact in facts_from() if fact.supersedes is not None]
    assert {fact.kind for fact in corrections} == {"received"}
    assert {fact.grade.value for fact in corrections} == {"inferred"}
    assert {fact.reason for fact in corrections} == {"an imported row tells of an earlier use"}
    again = imported(file_of([changed(ROWS[1], start="nov.18")], "earlier.csv"))
    assert again.facts_recorded == 0


def test_a_receipt_that_somebody_saw_is_not_moved(file_of):
    mapping = read_mapping(
        "mapping: seen\ncolumns: {x: text}\ntime: now\nsteps:\n"
        "  - {step: item, action: define_item, about: {item: SMCC}, if_different: ignore,"
        " with: {item: {code: SMCC, unit: kg}}}\n"
        "  - {step: lot, action: receive, about: {lot: {item: SMCC, number: '{x}'}},"
        " with: {lots: [{item: SMCC, number: '{x}', quantity: 5 kg, quality: released}]}}\n",
        file="seen.yaml",
    )
    path = file_of([{"x": "1"}], "seen.csv", heading=["x"])
    imported(path, mapping)
    report = imported(file_of(ROWS[:1]))
    assert (report.bad, report.exceptions) == (0, {"before_birth": 2})
    assert Traceable.objects.get(item="SMCC", number="1").born_start == NOW


# Dry runs, other notations, whole-file refusals


def test_a_dry_run_reports_the_same_and_records_nothing(file_of):
    rows = [*broken_rows(), changed(ROWS[6], api_water="7.7")]
    path = file_of(rows)
    dry = imported(path, dry_run=True)
    assert size() == 0
    assert not Receipt.objects.exists() and not Traceable.objects.exists()
    wet = imported(path)
    told, done = dry.as_json(), wet.as_json()
    for answer in (told, done):
        del answer["seconds"], answer["dry_run"]
    assert told == done
    assert wet.facts_recorded == size()


def test_a_csv_with_decimal_commas_and_gb18030_is_the_same_plant(file_of):
    mapping = read_mapping(
        (TABLETS.parents[2] / "exchange" / "mappings" / "tablets.yaml")
        .read_text("utf-8")
        .replace('decimal: "."', 'decimal: ","')
        .replace("encoding: utf-8", "encoding: gb18030")
        .replace("strength: text", "strength: {heading: 规格}"),
        file="tablets.yaml",
    )
    comma = [
        {k: v if k == "start" else v.replace(".", ",") for k, v in row.items()} for row in ROWS[:20]
    ]
    heading = ["规格" if name == "strength" else name for name in HEADING]
    path = file_of(comma, encoding="gb18030", heading=heading)
    report = imported(path, mapping)
    assert (report.good, report.bad, report.columns_missing) == (20, 0, ())
    before = size()
    # Numbers mean the same in both notations: the same rows are known already.
    assert imported(file_of(ROWS[:20], "point.csv")).facts_recorded == 0
    assert size() == before


def test_a_workbook_of_the_plant_keeps_lot_numbers_text(tmp_path):
    def cell(reference, value):
        try:
            Decimal(value)
        except ArithmeticError:
            return text(reference, value)
        return number(reference, value)

    names = [
        chr(65 + at) if at < 26 else chr(64 + at // 26) + chr(65 + at % 26) for at in range(55)
    ]
    rows = [
        row(
            at,
            *(cell(f"{name}{at}", value) for name, value in zip(names, told.values(), strict=True)),
        )
        for at, told in enumerate(ROWS[:10], 2)
    ]
    head = row(1, *(text(f"{name}1", value) for name, value in zip(names, HEADING, strict=True)))
    path = write_workbook(tmp_path / "Laboratory.xlsx", {"Data": head + "".join(rows)})
    report = imported(path)
    assert (report.good, report.bad) == (10, 0)
    assert Traceable.objects.filter(item="API-5", number="2").count() == 1
    (tmp_path / "Laboratory.csv").write_text(
        ";".join(HEADING) + "\n" + "\n".join(";".join(r.values()) for r in ROWS[:10]), "utf-8"
    )
    assert imported(tmp_path / "Laboratory.csv").facts_recorded == 0


def test_progress_ends_with_all_rows(file_of):
    seen = []
    imported(file_of(ROWS[:100]), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (100, 100)
    assert seen == sorted(seen) and len(seen) >= 2


def test_what_is_wrong_with_the_whole_file_is_refused_before_anything_is_recorded(
    file_of, tmp_path
):
    with pytest.raises(FileMissing):
        imported(tmp_path / "none.csv")
    with pytest.raises(UnknownMapping):
        imported(file_of(ROWS[:1]), "nothing")
    heading = ["batch_no" if name == "batch" else name for name in HEADING]
    with pytest.raises(ColumnsMissing) as refusal:
        imported(file_of(ROWS[:1], heading=heading))
    assert refusal.value.facts["missing"] == "“batch”"
    assert size() == 0


@pytest.mark.parametrize(
    ("before", "after", "kind", "field"),
    [
        ("action: produce\n", "action: prodce\n", MappingMemberUnknown,
         "steps.produce.action: prodce"),
        ("quality: released", "qualty: released", MappingMemberUnknown,
         "steps.receive-api.with.lots[0].qualty"),
        ("stage: incoming", "stage: incomming", MappingMemberWrong,
         "steps.certificate-api.with.stage"),
        ("      stage: incoming\n", "      results: x\n", MappingMemberUnknown,
         "steps.certificate-api.with.results"),
        ("      lots:\n        - {item", "      lot:\n        - {item", MappingMemberUnknown,
         "steps.receive-api.with.lot"),
        ("        unit: KGM\n", "", MappingMemberMissing,
         "steps.item-api.with.item.unit"),
    ],
)  # fmt: skip
def test_what_no_action_takes_is_refused_before_a_row_is_read(before, after, kind, field):
    text = (TABLETS.parents[2] / "exchange" / "mappings" / "tablets.yaml").read_text("utf-8")
    assert before in text
    mapping = read_mapping(text.replace(before, after, 1), file="tablets.yaml")
    with pytest.raises(kind) as refusal:
        imported(TABLETS, mapping)
    assert refusal.value.facts["field"] == field
    assert size() == 0
