"""The currencies that can be spoken, by ISO 4217 code."""

from __future__ import annotations

from typing import NamedTuple


class Currency(NamedTuple):
    """How amounts of a currency are said."""

    one: str
    """English, for one unit."""
    many: str
    cent: str
    cents: str
    unit_zh: str
    cent_zh: str
    jiao: bool = False
    """True where Mandarin counts tenths of the unit apart: 十二元五角五分."""
    whole: bool = False
    """True where there are no hundredths."""


CURRENCIES = {
    "CNY": Currency("yuan", "yuan", "fen", "fen", "元", "分", jiao=True),
    "USD": Currency("dollar", "dollars", "cent", "cents", "美元", "美分"),
    "EUR": Currency("euro", "euros", "cent", "cents", "欧元", "欧分"),
    "GBP": Currency("pound", "pounds", "penny", "pence", "英镑", "便士"),
    "JPY": Currency("yen", "yen", "", "", "日元", "", whole=True),
    "KRW": Currency("won", "won", "", "", "韩元", "", whole=True),
    "HKD": Currency("Hong Kong dollar", "Hong Kong dollars", "cent", "cents", "港元", "港分"),
    "TWD": Currency("Taiwan dollar", "Taiwan dollars", "cent", "cents", "新台币", "分"),
    "SGD": Currency("Singapore dollar", "Singapore dollars", "cent", "cents", "新加坡元", "分"),
    "AUD": Currency("Australian dollar", "Australian dollars", "cent", "cents", "澳元", "澳分"),
    "CAD": Currency("Canadian dollar", "Canadian dollars", "cent", "cents", "加元", "加分"),
    "CHF": Currency("Swiss franc", "Swiss francs", "centime", "centimes", "瑞士法郎", "生丁"),
    "INR": Currency("rupee", "rupees", "paisa", "paise", "卢比", "派沙"),
}
