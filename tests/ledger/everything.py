"""A short history in which every table of the ledger and its projections has rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.factory import SHIFT, call, define_plant, receive, record
from yuanliu.ledger.checkpoints import make_checkpoint


def a_little_of_everything(home: Path) -> list[int]:
    """Record it, signing a checkpoint now and then; give the sizes that were signed."""
    signed = [0]

    def sign() -> None:
        make_checkpoint(home, now=0)
        signed.append(receipt.first + receipt.count)

    receipt = define_plant()
    sign()
    _material()
    receipt = record(call("hold", 60, lots=["FLOUR/F1"], reason="metal found"), key="hold")
    sign()
    _goods()
    receipt = _second_thoughts()
    sign()
    return signed


def _material() -> None:
    free = {"quality": "released"}
    record(
        receive("F1", "100 kg", 1, aliases=["S-77"], **free), receive("F2", "80 kg", 2), key="in"
    )
    record(
        receive("O1", "50 L", 3, item="OIL", **free),
        receive("P1", "1 件", 4, item="PUMP", **free),
        receive("M1", "1 件", 5, item="MOTOR", **free),
    )
    result = {"characteristic": "moisture", "value": "12.5", "unit": "P1", "gauge": "SCALE"}
    record(
        call("inspect", 10, lot="FLOUR/F2", stage="incoming", results=[result], verdict="pass"),
        call("release", 11, lots=["FLOUR/F2"]),
        key="iqc",
    )
    record(call("define_vessel", 12, number="T-1", unit="L", place="LINE"))
    record(call("fill", 13, vessel="T-1", inputs=[{"lot": "OIL/O1", "quantity": "20 L"}]))
    drawn = {"item": "OIL", "number": "D1", "quantity": "5 L", "place": "LINE"}
    record(call("draw", 14, vessel="T-1", outputs=[drawn]))
    record(call("take_sample", 15, lot="FLOUR/F1", quantity="200 g", number="Q1"))


def _goods() -> None:
    baked = call(
        "produce",
        70,
        inputs=[{"lot": "FLOUR/F2", "quantity": "30 kg"}, {"lot": "OIL/D1", "quantity": "1 L"}],
        outputs=[{"item": "BREAD", "number": "B1", "quantity": "60 件", "place": "LINE"}],
        scrap=[{"quantity": "0.5 kg", "reason": "dust"}],
    )
    record(replace(baked, context=SHIFT), key="wo-7")
    half = [{"number": "B1-A", "quantity": "20 件"}, {"number": "B1-B", "quantity": "10 件"}]
    record(call("split_lot", 75, lot="BREAD/B1", children=half))
    record(call("pack", 80, container="CASE-1", children=["BREAD/B1-A"], place="WH"))
    record(call("pack", 81, container="CASE-2", children=["BREAD/B1-B"], place="WH"))
    record(call("unpack", 82, container="CASE-2"))
    record(call("install", 83, component="MOTOR/M1", assembly="PUMP/P1"))
    record(call("ship", 90, lots=[{"lot": "CASE-1"}], party="SHOP"), key="so-1")
    record(call("adjust", 91, lot="OIL/O1", counted="29.5 L", reason="count"))
    record(call("scrap", 92, lots=[{"lot": "BREAD/B1-B", "quantity": "2 件"}], reason="stale"))


def _second_thoughts():
    used = {"lot": "FLOUR/F1", "quantity": "10 kg"}
    made = {"item": "DOUGH", "number": "G1", "quantity": "15 kg", "place": "LINE"}
    late = record(call("produce", 65, told=True, inputs=[used], outputs=[made]))
    fewer = {"lot": "OIL/O1", "counted": "29 L", "reason": "count"}
    return record(
        call(
            "correct",
            91,
            position=late.first - 2,
            reason="misread",
            action="adjust",
            arguments=fewer,
        ),
        key="fix",
    )
