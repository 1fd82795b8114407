"""Numbers in kanji as minutes write them: 令和八年四月一日 is 令和8年4月1日, 百二十万円 is 120万円.

Only a number that a counter, an era or 第 shows to be one is touched. 一般, 十分, 一部, 一人, 万が一, 第三者 and names such as 四日市 stay,
and so does what is ambiguous (二、三人; 数十件): to leave a number in kanji is a matter of taste, to turn a word into figures is a fault.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from transcribe.segment import Segment
from transcribe.words import kanji
from transcribe.words.kanji import POSITIONAL, SPOKEN
from transcribe.words.places import Change, changed

_POINTS = "・．点"
_NUMERAL = "〇零一二三四五六七八九十百千万億兆"
_ALONE = rf"(?<![{_NUMERAL}0-9数何幾両第])(?<![{_NUMERAL}0-9][{_POINTS}、，～〜-])(?<![{_NUMERAL}0-9]から)(?<![{_NUMERAL}0-9]ないし)"
"""No numeral before it that belongs to it, nor what makes it vague: 数十, 何百, 二、三, 三から五."""

# Counters. Behind them stand what would make another word of them: 条例, 人称, 社会.
_COUNTERS = r"""
    円 名(?!山|園|物|所|産|字) 人(?!町|称|十色|芸|官|寄|前|三脚|百様|一首|針|塚|同心) 件 個(?!人|別|室|性|体|荘)
    台(?!風|山|場|帳) 回 号 項(?!目) 番地 丁目 番(?!組|号札|目|町|丁|街|台|頭) 歳 (?:[かカヶケ]|箇)月 週間 時間 日間 年間
    年度 年生 年目 世帯 棟 校(?!舎|正|長|区|則|歌|庭|門) 票 議席 ページ 頁 (?:[かカ]|箇)所 ヶ所(?!村) 種類 項目
    倍(?!数|率|増) 割(?!合|り|当|引|れ|[一二三四五六七八九]分) パーセント ％ ポイント キロメートル キログラム キロワット 平方メートル
    平方キロメートル 立方メートル メートル センチメートル センチ ミリメートル ミリ ヘクタール アール リットル トン
    グラム キロ 便(?!利|宜|乗) 路線 部屋 基(?!本|準|礎|金|地|盤|幹|づ) 冊(?!子) 枚(?!田|舌|貝) 通り 社(?!会|祭|寺|員|長|協|札) 団体
    地区 市町村 事業 款 章(?!典) 節(?!句|電|約|水|目|度) 点(?!検|字|灯|火|滴|[〇零一二三四五六七八九]) 秒
    年(?![一二三四五六七八九十]|寄|中|来|々|の計|号|坂)
"""
# After one digit alone these are names and idioms: 八戸, 二度と, 三条.
_COUNTERS_OF_MORE = "戸(?!籍|別|建|口) 度(?!目|山|と|も) 条(?!件|例|約|市|通|城) 日(?![市町村坊酔鼠紅咳和])"
# Bare 一 is an idiom more often than a count: 一人, 一部, 一番, 一回, 一件も. 一人 and 二人 have readings of their own and stay.
_COUNTERS_OF_ONE = r"""
    歳 (?:[かカヶケ]|箇)月 週間 時間 日間 年間 年度 年生 年目 世帯 番地 丁目 パーセント ％ ポイント キロメートル
    キログラム 平方メートル メートル センチ ヘクタール リットル トン ページ 件(?!落着) 名(?!山|園|物|所|産|字)
    台(?!風|山|場|帳) 個(?!人|別|室|性|体|荘)
"""
_ORDINALS = "条 項(?!目) 号 回 期 次 章 節 款 編 種 類 位 番(?!目) 四半期 部会"

_MONTH = "(?:十[一二]?|[一二三四五六七八九])"
_DAY = "(?:三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
_HOUR = "(?:二十[一二三四]?|十[一二三四五六七八九]?|[〇零一二三四五六七八九])"
_SIXTIETH = "(?:[二三四五]十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
_YEAR = "(?:[一二][〇零一二三四五六七八九]{3}|(?:二千|千九百)(?:[二三四五六七八九]?十)?[一二三四五六七八九]?)"
_WITH_ZERO = "[一二三四五六七八九][〇零][〇零一二三四五六七八九]*"
_DECIMAL_UNITS = "パーセント|％|ポイント|倍|度|割|メートル|キロ|センチ|ミリ|ヘクタール|トン|億|万|兆|歳|時間|か月|年"


@dataclass(frozen=True)
class _Rule:
    """A pattern whose groups are numbers (or a decimal point); with `commas` thousands are set off."""

    pattern: re.Pattern[str]
    commas: bool


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


def _rule(pattern: str, *, commas: bool = False) -> _Rule:
    return _Rule(re.compile(pattern), commas)


@cache
def _rules() -> tuple[_Rule, ...]:
    """In the order in which they are asked. Made on first use: to compile them takes a tenth of a second that most processes never need."""
    return (
        _rule(rf"(?:明治|大正|昭和|平成|令和)({SPOKEN}|{POSITIONAL})年(?:度|({_MONTH})月(?:({_DAY})日)?)?"),
        _rule(rf"{_ALONE}({_YEAR})年(?:度|({_MONTH})月(?:({_DAY})日)?)?"),
        _rule(rf"{_ALONE}({_MONTH})月({_DAY})日"),
        # 五月雨, 五月人形, 三日月, 二日酔い, 四日市, 十日町 are words.
        _rule(rf"{_ALONE}({_MONTH})月(?![雨晴病人見曜堂])"),
        _rule(rf"{_ALONE}(?<!初)((?!一日){_DAY})日(?![市町坊和酔鼠]|月(?!曜)|三晩|中|も)"),
        _rule(rf"(?:午前|午後)({_HOUR})時(?:({_SIXTIETH})分(?!な))?(?:({_SIXTIETH})秒)?"),
        _rule(rf"{_ALONE}({_HOUR})時({_SIXTIETH})分(?!な)(?:({_SIXTIETH})秒)?"),
        _rule(rf"{_ALONE}((?!一時){_HOUR})時(?=半|から|まで|に|頃|ごろ|開会|閉会|開始|終了|以降|前|過ぎ|[、。])"),
        _rule(rf"{_ALONE}({_SIXTIETH})分間"),
        # 二十分 is a time, 十分 is a word.
        _rule(rf"{_ALONE}([二三四五六七八九]十[一二三四五六七八九]?|十[一二三四五六七八九])分(?!の[{_NUMERAL}])"),
        _rule(rf"{_ALONE}({SPOKEN})分の({SPOKEN})(?![つ人般部番時日月])"),
        _rule(rf"{_ALONE}({SPOKEN}|[〇零])([{_POINTS}])([〇零一二三四五六七八九]+)(?={_DECIMAL_UNITS})", commas=True),
        _rule(rf"第({SPOKEN}){_any(_ORDINALS)}"),
        _rule(rf"(?<=条)の({SPOKEN})(?![つ人般部番時日年月])"),
        _rule(rf"(?<=番地)の({SPOKEN})(?![つ人般部番時日年月])"),
        _rule(rf"{_ALONE}({SPOKEN})番({SPOKEN})号"),
        # 千歳, 百年, 十条 are names and idioms; 十年間 and 百年以上 are not.
        _rule(
            rf"{_ALONE}((?!一(?![十百千万億兆])|二人)(?![十百千](?:年(?!間|度|以|前|後|目|生)|番|歳)){SPOKEN}|{_WITH_ZERO}){_any(_COUNTERS)}",
            commas=True,
        ),
        _rule(rf"{_ALONE}((?=[{_NUMERAL}]{{2}}){SPOKEN}|{_WITH_ZERO}){_any(_COUNTERS_OF_MORE)}"),
        _rule(rf"{_ALONE}([二三四五六七八九])条(?=第|の[一二三四五六七八九]|及び|又は|に規定|の規定)"),
        _rule(rf"{_ALONE}(?<![統均唯画同専単随逐択])(一){_any(_COUNTERS_OF_ONE)}(?!も)"),
    )


def written(segment: Segment, kept: Iterable[str] = ()) -> Segment:
    """The segment with its numbers in figures; a number's words become one. `kept`: names that stay as they are spelt."""
    return changed(segment, [*_changes(segment.text, kept)])


def _changes(text: str, kept: Iterable[str]) -> Iterator[Change]:
    """Every numeral once, by the first rule that knows it."""
    taken = [False] * len(text)
    for name in kept:
        for match in re.finditer(re.escape(name), text):
            taken[match.start() : match.end()] = [True] * len(name)
    found: list[Change] = []
    for rule in _rules():
        for match in rule.pattern.finditer(text):
            groups = [span for span in match.regs[1:] if span[0] >= 0]
            if any(any(taken[begin:end]) for begin, end in groups):
                continue
            for begin, end in groups:
                taken[begin:end] = [True] * (end - begin)
                found.append(Change(begin, end, _figures(text[begin:end], commas=rule.commas)))
    yield from sorted(found, key=lambda change: change.begin)


def _figures(numeral: str, *, commas: bool) -> str:
    if numeral in _POINTS:
        return "."
    return kanji.figures(numeral, commas=commas)
