"""The closed world of sentences the demo model knows: templates of council and department meetings, and what fills them."""

import hashlib
import itertools
import string


def listed(text: str) -> list[str]:
    """The words of a text, or its lines: Japanese has no spaces."""
    return text.split()


SLOTS: dict[str, list[str]] = {
    "dept": listed("総務課 財政課 福祉課 税務課 環境課 防災課 建設課 教育委員会"),
    "name": listed("佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村"),
    "person": listed("佐藤課長 鈴木部長 高橋委員 田中さん 伊藤係長 渡辺議員 山本さん 中村主任 小林課長 加藤さん"),
    "topic": listed(
        "道路の補修 保育園の整備 公園の改修 ごみの収集 防災訓練 夏祭り "
        "窓口の混雑 高齢者の支援 空き家の対策 水道料金の改定 学校給食 バスの運行"
    ),
    "place": listed("市民会館 中央公園 第一会議室 図書館 体育館 駅前広場 公民館"),
    "item": listed("報告書 資料 議事録 見積書 計画書 予算案 名簿"),
    "week": listed("月曜日 木曜日 金曜日 来週 来月 今月末 年度末"),
    "date": listed("一月三十日 二月十八日 四月十日 五月二十日 六月十五日 七月三日 九月八日 十月二十五日 十一月十二日"),
    "clock": listed("午前九時 午前十時半 午前十一時 午後一時 午後二時半 午後三時 午後五時"),
    "amount": listed(
        "二百万円 三百五十万円 六百万円 八百五十万円 四十五万円 七十二万円 三千万円 九千万円 二億円 五億円"
    ),
    "count": listed("三 五 八 十二 十六 二十 二十四 五十 八十 百二十 三百"),
    "percent": listed("五 十二 二十 三十五 四十八 六十 七十五 九十"),
}
"""What may stand in each slot of a template."""

TEMPLATES = listed(
    """
それでは本日の会議を始めます。
ただいまから{dept}の会議を始めます。
ただいまから{topic}に関する委員会を開会します。
本日の会議はこれで終わります。
以上で{topic}の説明を終わります。
皆さんお忙しいところありがとうございます。
次の議題に移ります。
次の議題は{topic}についてです。
最初の議題は{topic}です。
{topic}について{dept}から説明をお願いします。
{topic}について報告します。
{dept}の{person}から報告があります。
{dept}の{name}です。
{person}お願いします。
予算は{amount}です。
{topic}の予算は{amount}です。
{dept}の予算は{amount}になります。
今年度の費用は{amount}を見込んでいます。
前の年より{amount}増えました。
前の年と比べて{percent}パーセント減りました。
利用者は前の年と比べて{percent}パーセント増えました。
参加者は{count}人でした。
申し込みは{count}件ありました。
対象は{count}世帯です。
説明会は{date}に{place}で行います。
次回の会議は{date}の{clock}からです。
次回は{date}に{place}で開きます。
{clock}から{place}で打ち合わせをします。
締め切りは{date}です。
{item}の締め切りは{week}です。
{item}は{week}までに提出してください。
{item}を{dept}に送ってください。
{person}は{item}を{week}までに作成してください。
{item}を確認してください。
お手元の{item}をご覧ください。
{item}の{count}ページをご覧ください。
{topic}について質問はありますか。
何か質問はありますか。
{person}の意見に賛成です。
私はこの案に反対です。
{topic}には反対の意見もあります。
賛成の方は手を挙げてください。
{topic}は全員の賛成で可決されました。
異議がないので原案のとおり決定します。
{topic}は{week}から始めることに決まりました。
{place}の工事は{week}に始まります。
{place}の利用時間は{clock}までです。
{topic}の担当は{person}です。
{topic}は{dept}が担当します。
住民から{topic}について苦情がありました。
市民から{count}件の意見が寄せられました。
{topic}を{week}までに検討します。
{topic}の進み具合は{percent}パーセントです。
{person}に連絡しておきます。
{person}は本日欠席です。
会議を再開します。
{topic}については次回に続けます。
承知しました。
はい、分かりました。
{week}までに{dept}で対応します。
{place}で{topic}の説明会を開きます。
国の補助金は{amount}です。
{dept}の職員は{count}人です。
{date}までに{item}を準備します。"""
)

HELD_OUT_SHARE = 12
"""One sentence in so many is kept from training."""


def fillings(template: str) -> list[str]:
    """Every sentence a template can make."""
    slots = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    choices = itertools.product(*(SLOTS[name] for name in slots))
    return [template.format(**dict(zip(slots, choice, strict=True))) for choice in choices]


def is_held_out(sentence: str, template: str) -> bool:
    """Whether training never sees this sentence.

    Decided by a hash of the sentence, so that it depends on no order and no seed. Sentences without a slot are
    always trained: nothing in training could teach them otherwise.
    """
    if "{" not in template:
        return False
    return int(hashlib.sha256(sentence.encode()).hexdigest(), 16) % HELD_OUT_SHARE == 0


def training_sentences() -> list[str]:
    """The sentences the model is trained on, each once, in a fixed order."""
    return _sentences(held_out=False)


def unseen_sentences() -> list[str]:
    """The sentences kept from training, for samples and measurement."""
    return _sentences(held_out=True)


def _sentences(*, held_out: bool) -> list[str]:
    made = (
        sentence
        for template in TEMPLATES
        for sentence in fillings(template)
        if is_held_out(sentence, template) is held_out
    )
    return list(dict.fromkeys(made))


def characters() -> list[str]:
    """Every character of the world, sorted by code point."""
    return sorted({c for template in TEMPLATES for s in fillings(template) for c in s})
