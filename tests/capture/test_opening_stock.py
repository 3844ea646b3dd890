"""Opening stock of a real warehouse, with lots, expiry dates and bins, through a mapping alone."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from yuanliu.base import moments
from yuanliu.capture.gate import Caller
from yuanliu.capture.imports import run_import
from yuanliu.exchange.mapping_reading import read_mapping
from yuanliu.ledger.read import facts_from, size
from yuanliu.lots.models import Balance, Traceable
from yuanliu.masterdata.models import Item, Place

pytestmark = pytest.mark.django_db

STOCK = Path(__file__).parents[1] / "vectors" / "inventory-lots" / "mainWarehouseInventory.csv"
NOW = moments.parse("2026-11-22T12:00:00Z").start
CALLER = Caller(actor="importer", channel="cli", may_write=frozenset("*"))


def stock_rows():
    with STOCK.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


ROWS = stock_rows()
THERE = [row for row in ROWS if int(row["Physical QOH"]) > 0]


def imported(path=STOCK, mapping="opening-stock", now=NOW, **options):
    return run_import(path, mapping=mapping, caller=CALLER, now=now, **options)


def test_the_warehouse_goes_in_as_its_file_counts_it():
    report = imported()
    assert (report.rows, report.good, report.bad) == (57, 57, 0)
    assert Item.objects.count() == len({row["Product code"] for row in ROWS})
    assert Place.objects.count() == len({row["Bin location"] for row in ROWS})
    lots = {
        (row["Product code"], row["Lot number"] or "NO-LOT"): Decimal(row["Physical QOH"])
        for row in THERE
    }
    told = Traceable.objects.values_list("item", "number", "content")
    assert {(item, number): Decimal(content) for item, number, content in told} == lots
    bins = Balance.objects.values_list("place", flat=True)
    assert sorted(bins) == sorted(row["Bin location"] for row in THERE)


def test_lot_numbers_stay_text_and_expiry_is_the_day():
    imported()
    lot = Traceable.objects.get(item="TS894")
    assert (lot.number, lot.place) == ("00392/174", "RM1-RACK1-SHELF1")
    assert lot.expires == moments.parse("2025-06-30").end
    assert Traceable.objects.get(item="AX738").expires is None


def test_the_same_stock_a_day_later_adds_nothing_and_keeps_its_day():
    imported()
    before = size()
    report = imported(now=NOW + 86_400_000_000)
    assert (report.good, report.rows_repeated, size()) == (57, 57, before)
    assert {fact.occurred.start for fact in facts_from()} == {NOW}


def test_another_count_of_the_same_bin_is_refused_and_not_added(tmp_path):
    imported()
    other = tmp_path / "count.csv"
    other.write_text(STOCK.read_text("utf-8-sig").replace(",100000,", ",90000,"), encoding="utf-8")
    report = imported(other, now=NOW + 86_400_000_000)
    assert (report.good, report.bad) == (56, 1)
    assert [(e.row, e.refusal.code) for e in report.errors] == [(2, "row_differs")]
    assert Traceable.objects.get(item="QX039").content == "100000"


def test_a_chinese_list_goes_in_through_the_same_mapping(tmp_path):
    path = tmp_path / "期初.csv"
    path.write_text(
        "产品编码,产品名称,批号,有效期至,库位,实盘数量\n"
        'P-1,阿司匹林,007,12/31/2027,A-01,"1,200"\nP-1,阿司匹林,007,12/31/2027,A-02,５\n',
        encoding="gb18030",
    )
    report = imported(path)
    assert (report.good, report.bad) == (2, 0)
    lot = Traceable.objects.get()
    assert (lot.number, lot.content) == ("007", "1205")
    assert Item.objects.get().name_en == "阿司匹林"


def test_whole_numbers_of_master_data_are_numbers(tmp_path):
    mapping = read_mapping(
        "mapping: items\ncolumns: {code: text, days: number}\ntime: now\nsteps:\n"
        "  - {step: item, action: define_item, about: {item: '{code}'}, if_different: keep,"
        " with: {item: {code: '{code}', unit: kg, shelf_life_days: '{days}'}}}\n",
        file="items.yaml",
    )
    path = tmp_path / "items.csv"
    path.write_text("code,days\nA,365\nB,\nC,1.5\n", encoding="utf-8")
    report = imported(path, mapping)
    assert dict(Item.objects.values_list("code", "shelf_life_days")) == {"A": 365, "B": None}
    assert [(e.row, e.refusal.code) for e in report.errors] == [(4, "malformed")]
