"""Names of months, short and long, by language: spreadsheets write `maj`, `avg` and `okt` too."""

from __future__ import annotations

from collections.abc import Mapping

_TABLE = {
    "en": "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august"
    "|sep sept september|oct october|nov november|dec december",
    "sl": "jan januar|feb februar|mar marec|apr april|maj|jun junij|jul julij|avg avgust"
    "|sep sept september|okt oktober|nov november|dec december",
    "de": "jan januar jänner|feb februar|mär mrz märz|apr april|mai|jun juni|jul juli|aug august"
    "|sep sept september|okt oktober|nov november|dez dezember",
    "fr": "janv janvier|févr février|mars|avr avril|mai|juin|juil juillet|août"
    "|sept septembre|oct octobre|nov novembre|déc décembre",
    "es": "ene enero|feb febrero|mar marzo|abr abril|may mayo|jun junio|jul julio|ago agosto"
    "|sep sept septiembre|oct octubre|nov noviembre|dic diciembre",
    "it": "gen gennaio|feb febbraio|mar marzo|apr aprile|mag maggio|giu giugno|lug luglio"
    "|ago agosto|set sett settembre|ott ottobre|nov novembre|dic dicembre",
    "zh": "1月 一月|2月 二月|3月 三月|4月 四月|5月 五月|6月 六月|7月 七月|8月 八月"
    "|9月 九月|10月 十月|11月 十一月|12月 十二月",
}

LANGUAGES: Mapping[str, Mapping[str, int]] = {
    language: {
        name: number for number, names in enumerate(table.split("|"), 1) for name in names.split()
    }
    for language, table in _TABLE.items()
}
"""For each language, the number of the month (1 to 12) by its names in lower case."""
