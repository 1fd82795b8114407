"""A small finance system to rehearse and test robots against: real pages, a real database, and faults that can be switched on.

`python -m robots.practice --port P --data DIR [--fault NAME=VALUE …] [--delay-ms N] [--today 2026-11-21]`.
Sign-ins: `kaikei` / `practice-1`, `kaikei2` / `practice-2`. Every page says 練習用. Imports nothing of the robots' engine, so that what is
tested and what it is tested against share no code.

How pages are made (as cities' systems are: full page loads, POST and redirect, one cookie, no test ids):

- `<h1>` and `<title>` name the screen. Frames (`<fieldset><legend>`) hold tables whose rows are
  `<th>label</th><td><input name=…></td>`; pages that only show have text in the `<td>`. A search's list is `<table class="list">` with
  `<thead>`.
- What the system objects to stands in `<div class="errors">` as a list, one `<li>` each; what it tells in `<div class="notice">`.
- Buttons are `<input type="submit" value="words">`; links are `<a>words</a>`.

| screen (`<h1>`) | path | buttons and links |
|---|---|---|
| ログイン | GET, POST /login | ログイン |
| パスワード有効期限のお知らせ | /password-notice | 変更する, 後で変更する (missing when it has expired) |
| パスワード変更 | /password | 変更, メニュー |
| メニュー | /menu | links: the screens of both sets by their names, the four look-ups, パスワード変更, ログアウト |
| 支出命令入力 | GET, POST /expense/input | 確認, クリア; beside the fields 所属検索, 予算検索, 債権者検索, 金融機関検索 |
| 支出命令確認 | /expense/confirm?entry=… | **登録**, 修正, 中止 (POST /expense/register) |
| 登録結果 | /expense/result?no=… | links: 続けて入力, 支出命令検索, メニュー |
| 支出命令検索 | /expense/search | 検索, CSV出力; in the list the 伝票番号 is a link to 支出命令照会 |
| 支出命令照会 | /expense/detail?no=… | links |
| 振込データ入力 | GET, POST /transfer/input | 確認, クリア, 金融機関検索 |
| 振込データ確認 | /transfer/confirm?entry=… | **登録**, 修正, 中止 (POST /transfer/register) |
| 振込データ登録結果 | /transfer/result?no=… | links: 続けて入力, 振込データ検索, メニュー |
| 振込データ検索 | /transfer/search | 検索, CSV出力 |
| 振込データ照会 | /transfer/detail?no=… | links |
| 振込ファイル取込 | GET, POST /transfer/upload | 取込 |
| 振込ファイル取込確認 | /transfer/upload/confirm?entry=… | 登録, 中止 |
| 振込ファイル取込結果 | /transfer/upload/result?… | links |
| 所属検索, 予算科目検索, 債権者検索, 金融機関検索 | /codes/… | 検索, 選択, 戻る |
| お知らせ | /notice | 確認 (goes on to the page that was asked for) |
| 保守中 | any (503) | |
| システムエラー | any (500, 504) | |
| エラー | any (404, or a step out of turn, such as a second 登録 of the same entry) | メニュー |

Without a sign-in, or with one that has ended, every page leads to ログイン with a notice that the sign-in has expired.

支出命令入力 has, in this order: 会計年度 (four digits), 所属 (six digits), 会計 (select), 款, 項, 目, 節 (two digits each), 金額,
支払予定日 (`2026/11/30`; `20261130` and `2026-11-30` are taken, too), 債権者コード (ten digits), 債権者名 (may be empty: taken from the
code; else it must be the code's), 金融機関コード (four digits), 支店コード (three), 預金種目 (select: 1 普通, 2 当座, 4 貯蓄, 9 その他),
口座番号 (seven), 口座名義 (half-width kana, 30), 摘要 (40).
振込データ入力: 振込指定日, 金融機関コード, 支店コード, 預金種目, 口座番号, 受取人名(カナ) (30), 金額, 整理番号 (20).

Confirmation, result and detail pages show the same labels. Where a code has words the text is code, blank, words (`01 一般会計`,
`010100 総務部総務課`, `0331 蒼浜銀行`, `1 普通`); amounts are `12,345 円`, dates `2026/11/30`, everything else is as typed. The detail page
and the result page begin with 伝票番号 (`2026-000001`) and 起票日; those of transfers with 振込番号 (`F000001`) and 登録日.

Lists and csv files have one column per field in the order above with codes only, amounts as `12345` in the csv and `12,345` in the
list, dates `2026/11/30`; before them 伝票番号, 起票日 (振込番号, 登録日), after them 登録者. Fields of a search: 伝票番号, 起票日(自),
起票日(至), 摘要 (any part of it); 振込番号, 登録日(自), 登録日(至), 整理番号 (any part). The search is a GET form, so
`/expense/search?text=DL000123-` is the list of a run and `/expense/search.csv?text=DL000123-` its csv (cp932): `number`, `from`, `to`,
`text`, `page` (50 lines each); the same under `/transfer/`.

Faults, their grammar and the test door `/practice/faults` are described in `robots.practice.faults`.
"""
