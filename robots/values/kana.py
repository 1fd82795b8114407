"""Names as banks write them (全銀): half-width katakana, large, capitals, digits and a few signs."""

from robots.columns import Column
from robots.values.text import clean
from robots.values.width import half_kana, narrow
from robots.values.written import Remark, Value, Written

_LARGE = str.maketrans("ｧｨｩｪｫｬｭｮｯ", "ｱｲｳｴｵﾔﾕﾖﾂ")
_SIGNS = {ord(dash): "-" for dash in "ｰ－−‐‑‒–—―─"} | {
    ord("･"): ".",
    ord("｡"): ".",
    ord("､"): ",",
    ord("¥"): "\\",
    ord("ヰ"): "ｲ",
    ord("ヱ"): "ｴ",
    ord("ヮ"): "ﾜ",
    ord("ヵ"): "ｶ",
    ord("ヶ"): "ｹ",
}
ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ().-/,\\｢｣ﾞﾟｦ") | frozenset(map(chr, range(0xFF71, 0xFF9E)))


def parse(column: Column, written: Written) -> Value:
    """Full width, hiragana, small kana and long marks are understood; what a bank's form has not is named."""
    text, remarks = clean(written.text)
    bank = half_kana(narrow(text)).upper().translate(_SIGNS).translate(_LARGE)
    bank = " ".join(bank.split())
    if foreign := "".join(dict.fromkeys(sign for sign in bank if sign not in ALLOWED)):
        return Value(bank, (*remarks, Remark("kana-foreign", {"characters": foreign[:40]})))
    if column.longest is not None and len(bank) > column.longest:
        return Value(bank, (*remarks, Remark("kana-too-long", {"length": len(bank), "longest": column.longest})))
    return Value(bank, remarks)
