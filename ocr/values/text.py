"""Free writing: what the definition allows to be put right, and ditto marks, which stand for what nobody copied yet."""

import re
from collections.abc import Collection

from ocr.definition.form import Normalise, TextField
from ocr.values.parsed import Parsed
from ocr.values.script import by_neighbours
from ocr.values.width import widen_kana

_DITTO = frozenset(
    [
        "〃",
        "々",
        "仝",
        "同",
        "同上",
        "同左",
        "同右",
        "同じ",
        "上に同じ",
        "上記に同じ",
        "″",
        "”",
        '"',
        "''",
        "、、",
        "ゝゝ",
        "ヽヽ",
        ",,",
        "〻",
        "〲",
    ]
)
_DIGITS_AND_LETTERS = {
    code + 0xFEE0: code
    for start, end in (("0", "9"), ("A", "Z"), ("a", "z"))
    for code in range(ord(start), ord(end) + 1)
}
_OLD = (
    "收収 腦脳 惠恵 圓円 國国 學学 會会 區区 縣県 號号 數数 實実 對対 應応 當当 發発 變変 讀読 賣売 體体 點点 "
    "獨独 續続 舊旧 證証 轉転 關関 黨党 齒歯 氣気 歸帰 處処 條条 狀状 勞労 榮栄 營営 驛駅 濟済 總総 聲声 寫写 "
    "辭辞 靜静 圖図 團団 繼継 擔担 斷断 與与 譽誉 勵励 禮礼 樂楽 亂乱 覽覧 醫医 殘残 單単 戰戦 歷歴 曆暦 德徳 "
    "步歩 每毎 稅税 說説 閱閲 戶戸 產産 內内 吳呉 增増 爲為 錄録 綠緑 緖緒 靑青 淸清 黃黄 黑黒 顏顔 價価 假仮 "
    "傳伝 佛仏 來来 兒児 兩両 冰氷 劍剣 勸勧 卻却 嚴厳 壓圧 壞壊 壹壱 奧奥 寶宝 將将 專専 屆届 廢廃 廳庁 彈弾 "
    "徑径 從従 恆恒 戲戯 拂払 拔抜 擴拡 攝摂 敕勅 晝昼 曉暁 查査 樞枢 樣様 權権 歡歓 毆殴 沒没 淨浄 淺浅 滿満 "
    "潛潜 灣湾 犧犠 畫画 疊畳 盜盗 碎砕 祕秘 稱称 穩穏 竊窃 粹粋 絲糸 經経 縱縦 纖繊 缺欠 聽聴 肅粛 脫脱 膽胆 "
    "臺台 莊荘 藏蔵 藝芸 藥薬 蟲虫 裝装 觀観 觸触 譯訳 豐豊 貳弐 踐践 輕軽 辨弁 遞逓 遲遅 邊辺 釀醸 釋釈 鑛鉱 "
    "隨随 險険 隱隠 雜雑 雙双 靈霊 顯顕 驅駆 驗験 髓髄 麥麦 齊斉 齡齢 "
)
_SIMPLIFIED = (
    "书書 车車 东東 门門 问問 间間 开開 费費 业業 务務 证証 员員 园園 时時 电電 话話 请請 预預 长長 马馬 鱼魚 "
    "鸟鳥 风風 见見 贝貝 页頁 计計 记記 语語 说説 课課 调調 谈談 认認 设設 许許 论論 诉訴 词詞 评評 试試 详詳 "
    "该該 误誤 读読 财財 责責 货貨 质質 贩販 购購 贮貯 贵貴 贷貸 贸貿 资資 赁賃 赠贈 红紅 约約 级級 纪紀 纳納 "
    "纸紙 线線 练練 组組 细細 终終 绍紹 经経 结結 给給 绝絶 统統 维維 编編 缓緩 缔締 织織 绩績 续続 绿緑 银銀 "
    "钱銭 铁鉄 铃鈴 锻鍛 链鎖 镇鎮 镜鏡 针針 钟鐘 闲閑 闭閉 闻聞 阅閲 阳陽 阴陰 阶階 际際 陆陸 陈陳 险険 难難 "
    "项項 顺順 须須 顾顧 领領 频頻 题題 额額 飞飛 饭飯 饮飲 馆館 驾駕 验験 鲜鮮 鸣鳴 齐斉 龙竜 华華 单単 卖売 "
    "厅庁 历歴 压圧 县県 发発 变変 团団 图図 圆円 场場 坏壊 块塊 报報 备備 复復 头頭 奖奨 实実 审審 宽寛 对対 "
    "导導 专専 岁歳 岛島 币幣 师師 带帯 帐帳 广広 庆慶 库庫 应応 废廃 张張 归帰 录録 总総 战戦 户戸 扩拡 执執 "
    "护護 择択 换換 损損 摄撮 无無 显顕 术術 权権 构構 标標 样様 检検 欢歓 气気 汉漢 沟溝 泽沢 测測 济済 满満 "
    "热熱 爱愛 牺犠 环環 现現 确確 种種 积積 简簡 类類 粮糧 罚罰 职職 联連 肃粛 胁脅 脑脳 节節 苏蘇 药薬 荣栄 "
    "获獲 营営 蓝藍 补補 视視 觉覚 规規 览覧 观観 订訂 讨討 让譲 训訓 议議 讲講 访訪 诊診 诚誠 谢謝 贺賀 赛賽 "
    "赞賛 转転 轮輪 轻軽 输輸 载載 较較 辅輔 边辺 达達 过過 运運 还還 进進 远遠 连連 违違 选選 递逓 适適 邮郵 "
    "酱醤 释釈 钢鋼 错錯 键鍵 队隊 隐隠 韩韓 顿頓 饼餅 骑騎 齿歯 "
)
VARIANTS = {ord(pair[0]): pair[1] for pair in (_OLD + _SIMPLIFIED).split()}
"""Old and Chinese forms that recognisers give for the Japanese one on the paper. Only where the definition says `variants`."""


_HIDING = frozenset("高崎吉浜")
"""Read as these are also 髙 﨑 𠮷 濵, which the recogniser does not know or seldom gives."""


def parse(field: TextField, written: str, path: str) -> Parsed:
    """A name exactly as read, whatever stands in it; anything else as `free` makes it."""
    doubts = float(script_doubts(written))
    if field.nature != "name":
        return Parsed(free(written, field.normalise), signs={"script_changed": doubts} if doubts else {})
    signs = {"script_doubt": doubts, "variant_hidden": float(sum(character in _HIDING for character in written))}
    parsed = Parsed(written, signs={name: sign for name, sign in signs.items() if sign})
    swapped = "".join(character for character in written if ord(character) in VARIANTS)
    if not swapped:
        return parsed
    return parsed.told(path, "name-variant", read=swapped, usual=swapped.translate(VARIANTS))


def free(text: str, normalise: Collection[Normalise]) -> str:
    """The value of free writing or an address; the raw reading is kept beside it. Names do not come here."""
    value = _DUST.sub("", _ROUND_ZERO.sub("0", by_neighbours(text)))
    if Normalise.WIDTH in normalise:
        value = widen_kana(value.translate(_DIGITS_AND_LETTERS))
    if Normalise.SPACES in normalise:
        value = " ".join(value.split())
    if Normalise.VARIANTS in normalise:
        value = value.translate(VARIANTS)
    return value


_ROUND_ZERO = re.compile(r"(?<=[0-9０-９])[〇○◯](?=[0-9０-９])")
"""A hand's 0 within a number: 3〇4 is no way to write 304."""
_DUST = re.compile(r"(?<=[^\sA-Za-zＡ-Ｚａ-ｚ.])[.·･・,'`]$")
"""What a speck behind the last character is read as; a sentence ends in 。, only words in Latin letters in a point."""


def script_doubts(text: str) -> int:
    """How many characters of a name stand in another script than their neighbours have. They stay; it is a reason to look."""
    return sum(one != other for one, other in zip(text, by_neighbours(text), strict=True))


def is_ditto(text: str) -> bool:
    """Whether all that was written is a mark for 'the same as above'."""
    return "".join(text.split()) in _DITTO
