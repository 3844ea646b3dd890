"""Units of measure: UN/ECE Recommendation 20 codes with the names people use for them.

Each unit belongs to a dimension and is an exact multiple of the dimension's base unit. Units whose
zero differs (temperatures) have no factor: a reading in them is kept as it was told and never
converted.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from yuanliu.base.refusal import Refusal
from yuanliu.base.text import gettext_noop

MASS, VOLUME, LENGTH, AREA, COUNT, TIME = "mass", "volume", "length", "area", "count", "time"
DIMENSIONS = (MASS, VOLUME, LENGTH, AREA, COUNT, TIME)
"""The dimensions of material; their index is the `dimension` code of a flow."""


class UnknownUnit(Refusal):
    """Say that a unit is neither a Rec 20 code nor a name in use."""

    code = "unknown_unit"
    sentence = gettext_noop(
        "“%(unit)s” is not a unit of measure. Use a UN/ECE code such as KGM, or a name such as"
        " kg, L or 件."
    )
    status = 422


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: Rec 20 `code`, `dimension`, `factor` to the base unit (None: cannot be converted),
    names.
    """

    code: str
    dimension: str
    factor: Fraction | None
    symbol: str
    name_en: str
    name_zh: str

    def __str__(self) -> str:
        return self.symbol


# code | dimension | factor | symbol | English | Chinese | other names in use
_TABLE = """
KGM|mass|1|kg|kilogram|千克|公斤,kilo,kilos,kgs
GRM|mass|1/1000|g|gram|克|gr
MGM|mass|1/1000000|mg|milligram|毫克|
MC|mass|1/1000000000|µg|microgram|微克|ug,mcg
TNE|mass|1000|t|tonne|吨|ton,公吨
LBR|mass|45359237/100000000|lb|pound|磅|lbs
ONZ|mass|45359237/1600000000|oz|ounce|盎司|
LTR|volume|1|L|litre|升|l,liter,公升
MLT|volume|1/1000|mL|millilitre|毫升|ml,cc
4G|volume|1/1000000|µL|microlitre|微升|ul
HLT|volume|100|hL|hectolitre|百升|hl
MTQ|volume|1000|m³|cubic metre|立方米|m3,方
CMQ|volume|1/1000|cm³|cubic centimetre|立方厘米|cm3
GLL|volume|3785411784/1000000000|gal|gallon (US)|美制加仑|
MTR|length|1|m|metre|米|meter
CMT|length|1/100|cm|centimetre|厘米|
MMT|length|1/1000|mm|millimetre|毫米|
KMT|length|1000|km|kilometre|千米|公里
4H|length|1/1000000|µm|micrometre|微米|um
INH|length|254/10000|in|inch|英寸|
FOT|length|3048/10000|ft|foot|英尺|
MTK|area|1|m²|square metre|平方米|m2
CMK|area|1/10000|cm²|square centimetre|平方厘米|cm2
H87|count|1|pc|piece|件|pcs,piece,pieces,个,只,支,片,块,台,套,条,根,瓶
C62|count|1|unit|unit|单位|units,one
EA|count|1|ea|each|每个|each
U2|count|1|tablet|tablet|药片|tablets,tab
AV|count|1|capsule|capsule|胶囊|capsules,粒
DZN|count|12|doz|dozen|打|dozen
MIL|count|1000|k pc|thousand|千件|千只,千个
PR|count|2|pair|pair|双|对
SEC|time|1|s|second|秒|sec
MIN|time|60|min|minute|分钟|
HUR|time|3600|h|hour|小时|hour,hours,hr
DAY|time|86400|d|day|天|day,days,日
CEL|temperature||°C|degree Celsius|摄氏度|C,℃
FAH|temperature||°F|degree Fahrenheit|华氏度|℉
KEL|temperature||K|kelvin|开尔文|
P1|ratio|1|%|percent|百分之|percent
59|ratio|1/10000|ppm|parts per million|百万分之|
C26|time|1/1000|ms|millisecond|毫秒|
PAL|pressure|1|Pa|pascal|帕|
KPA|pressure|1000|kPa|kilopascal|千帕|
MPA|pressure|1000000|MPa|megapascal|兆帕|N/mm2
BAR|pressure|100000|bar|bar|巴|
NEW|force|1|N|newton|牛|
B47|force|1000|kN|kilonewton|千牛|
RPM|frequency|1/60|rpm|revolutions per minute|转每分|r/min,转/分
HTZ|frequency|1|Hz|hertz|赫兹|
KWH|energy|3600000|kWh|kilowatt hour|千瓦时|度
KWT|power|1000|kW|kilowatt|千瓦|
VLT|voltage|1|V|volt|伏|
AMP|current|1|A|ampere|安|
OHM|resistance|1|Ω|ohm|欧姆|
Q30|acidity||pH|pH|酸碱度|ph
KMQ|density|1|kg/m³|kilogram per cubic metre|千克每立方米|kg/m3
23|density|1000|g/cm³|gram per cubic centimetre|克每立方厘米|g/cm3,g/mL,g/ml
"""


def _read_table() -> tuple[dict[str, Unit], dict[str, Unit]]:
    by_code: dict[str, Unit] = {}
    by_name: dict[str, Unit] = {}
    for row in _TABLE.strip().splitlines():
        code, dimension, factor, symbol, english, chinese, others = row.split("|")
        unit = Unit(
            code=code,
            dimension=dimension,
            factor=Fraction(factor) if factor else None,
            symbol=symbol,
            name_en=english,
            name_zh=chinese,
        )
        by_code[code] = unit
        for name in (symbol, english, chinese, *(others.split(",") if others else ())):
            by_name.setdefault(name, unit)
            by_name.setdefault(name.casefold(), unit)
    return by_code, by_name


_BY_CODE, _BY_NAME = _read_table()


def all_units() -> list[Unit]:
    """List every unit, by dimension then code."""
    return sorted(_BY_CODE.values(), key=lambda unit: (unit.dimension, unit.code))


def unit_of(text: str) -> Unit:
    """Find a unit by its Rec 20 code or by a common English or Chinese name. Raises UnknownUnit."""
    text = text.strip()
    found = _BY_CODE.get(text) or _BY_NAME.get(text) or _BY_NAME.get(text.casefold())
    found = found or _BY_CODE.get(text.upper())
    if found is None:
        raise UnknownUnit(unit=text)
    return found


def dimension_code(unit: Unit) -> int:
    """Give the small integer under which the flows keep the unit's dimension (-1: not a
    material's).
    """
    return DIMENSIONS.index(unit.dimension) if unit.dimension in DIMENSIONS else -1
