"""Encodings of text files: which one a text is in, where none is declared or the declared one cannot be right.

A guess is made only where the bytes leave little doubt: by a byte-order mark, the zero bytes of UTF-16, valid UTF-8,
and then by the letters that an encoding gives. Korean, Japanese and Chinese in the right encoding give the common
letters of their language, a western language single letters within words. Where none of them fits, a person is asked.
"""

from __future__ import annotations

import codecs
import re

import pyarrow as pa

from skdl._note import Note
from skdl.exceptions import DataError

UTF8 = "utf-8-sig"  # with or without a byte-order mark
ODD = 0x10FF00  # an undecodable byte 0xNN is passed on as the character U+10FFNN
_MARKS = (  # the longer ones first: that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 2**18  # of a text that is not UTF-8, by which its encoding is chosen
_ZEROS, _NO_ZEROS = 0.1, 0.2  # share of zero bytes among the upper bytes of UTF-16; of that, among the lower ones
_FACTOR = 5  # an encoding is chosen if it has at most a fifth of the faults that UTF-8 has
_SYMBOLS = re.compile(r"[^\w]+")
_MOST, _HALF, _SOME, _FEW = 0.9, 0.5, 0.3, 0.1
# The most common letters of a language. They are most of any text, and few of what another encoding makes of it.
_HANGUL = frozenset(
    "이다는의가에을하고지로한사기은도를어리그나자시서있인대아정들해라수부여만요원일제전상주것장마보게면과니세동스"
    "구비관조성오학안국소신선용민없우연경방중공산위생영화무진년당권교계유모치미명발실분양입출물내외식심회업력되와"
    "습합호적문날월금차트름남북좋높낮층격별더데러레려르린말매머메목못반받번법복본불빨파랑강건검결곳광군근급길김까"
    "노녀논단달답두드등디때또란람량럽련료류률림망맞며므및밀바박배백버베변병봉브블빌살색설술숙순슬승씨악압액야약얼"
    "역열예온올완운움웃워웨율음응익임잎작잔잘재저점접졸종좌죄준줄증직질집짜째찬참창채책처천철청체초최추축충취카커"
    "코크클키타탁탄태택터토통퇴투특티판팔패편평포표품풍프플피필할함항향허험현형혜홍환활황획효후훈휴흐희히힘"
)
_KANJI = frozenset(
    "日一国人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半"
    "男西電校語土木車食何南万毎白天母火右読友左休父雨会社地方新田部内市京都府県区町村道路駅店家族員業務者事手自動"
    "物品価格売買合計数量率比平均最低点番号個別種類性齢職住所氏株式有限公司銀保険医療病院薬教育活仕度使用料支払利"
    "益費税込送付期開始終了登録更変削除確認結果評満足不良可否正常異赤青黄緑黒色形状阪神戸横浜古屋札幌福岡広島仙台"
    "葉埼玉静潟渋谷港線型製造販舗商顧客注文在庫荷重幅温湿圧風速降雪晴曇春夏秋冬朝昼夜曜祝成安全危強弱多少無旧加減"
    "明暗空海花犬猫牛肉魚野菜茶酒米林森井藤佐伊渡辺鈴橋和清松竹梅原坂石池崎"
)
_SIMPLIFIED = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所"
    "然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与"
    "长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己"
    "制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系"
    "气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社"
    "便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉"
    "格望觉术领共确传师观清今切院让识候带导争运笔城石红蓝绿黄黑低男否价称龄销售额汽车铁满香蕉元苹岁号址姓联邮编码"
    "省县镇村街广深圳州杭京津庆武汉宁川湖苏浙江福陕甘青藏港澳台贷款险费率周季晴雨阴雪良优差坏未婚博硕士专初级幼园"
    "医药店铺房米层卖买单双客户订货付退仓库存商限贸易李刘陈杨赵吴徐孙胡朱林郭罗伟芳娜秀英敏静丽磊洋艳勇杰娟涛超霞"
    "鹏"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所"
    "然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與"
    "長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己"
    "制身果加西月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣"
    "題活更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直資命山金指許統區保至隊形社便空決治"
    "展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊張該交規萬取格望覺術領共"
    "確傳師觀清今切院讓識候帶導爭運城石紅藍綠黃黑低男否價稱齡銷售額車鐵滿蘋香蕉捷臺灣雄彰雲嘉屏花蓮隆桃園竹苗栗縣"
    "鄉鎮村街巷弄樓號姓聯郵編碼省歲元季晴雨陰雪良優差未婚博碩士專初級醫藥店房米層賣買單雙客戶訂貨付退庫存商限貿易"
    "李劉陳楊趙吳徐孫胡朱林郭羅偉芳英敏靜麗"
)
_KANA = frozenset(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FD)]))
_EAST_ASIAN = {
    "cp949": _HANGUL,
    "cp932": _KANA | _KANJI,
    "euc_jp": _KANA | _KANJI,
    "gb18030": _SIMPLIFIED,
    "big5": _TRADITIONAL,
}
_FEWEST_COMMON, _MARGIN = 0.5, 0.6  # share of common letters; that of the next encoding, at most, of that of the first
# Not in a western text as cp1252: three letters beyond ASCII in a row, marks or a capital letter within a word, and
# the last two characters, which stray bytes give.
_NOT_WESTERN = re.compile(
    r"[^\x00-\x7f]{3,}|(?<=[A-Za-z])[\x80-\x9f\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u2039\u02dc\u203a\xa1-\xb6\xb8-\xbf\xd7\xf7](?=[A-Za-z])"
    r"|(?<=[a-z])[\xc0-\xd6\xd8-\xde\u0160\u0152\u017d]|[\xfe\xff]"
)


def _encode_odd_bytes(error: UnicodeError) -> tuple[str, int]:
    """Replace undecodable bytes by private-use characters; an error handler of `codecs`."""
    assert isinstance(error, UnicodeDecodeError)
    odd = error.object[error.start : error.end]
    return "".join(chr(byte if byte < 0x80 else ODD + byte) for byte in odd), error.end


ERROR_HANDLER = "skdl.odd-bytes"
codecs.register_error(ERROR_HANDLER, _encode_odd_bytes)


def is_utf8(encoding: str) -> bool:
    """Return whether an encoding is UTF-8, with or without a byte-order mark."""
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def is_valid_utf8(text: bytes) -> bool:
    """Return whether bytes are UTF-8; Arrow checks them without the GIL, unlike `bytes.decode`."""
    # One cell over the whole text, without a copy; 64-bit offsets, because it may be larger than 2 GiB.
    ends = pa.array([0, len(text)], pa.int64()).buffers()[1]
    try:
        pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(text)]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def choose_encoding(where: str, text: bytes, declared: str | None) -> str:
    """Choose the encoding of a text, which may be cut off; UTF-8 where no other is beyond doubt.

    A declared encoding holds, unless a byte-order mark says otherwise, or the text is UTF-8 and either does not decode,
    or decodes as anything does: one byte a letter, or UTF-16 without zero bytes.
    """
    refuse_binary(where, text)
    if declared is None:
        return detect_encoding(text) or UTF8
    check_encoding(where, declared)
    name = codecs.lookup(declared).name
    is_wide = name.startswith(("utf-16", "utf-32"))
    found = _marked_encoding(text) or (_wide_encoding(text[:_SAMPLE_BYTES]) if is_wide else None)
    if found is not None:
        return found
    if is_utf8(declared) or not _decodes(text, UTF8):
        return declared
    if is_wide:
        return UTF8
    takes_anything = _decodes(bytes(range(0xC0, 0x100)) * 2, declared)
    return declared if _decodes(text, declared) and (text.isascii() or not takes_anything) else UTF8


_UNPACK = Note("unpack_it", "Unpack it, and name the table in it.")
_SAVE_SHEET = Note("save_sheet", "Save the sheet as CSV (UTF-8).")
# Formats by their first bytes, with the ending under which they are read or else what to do.
_BINARY: tuple[tuple[bytes, str, str | Note], ...] = (
    (rb"\x1f\x8b", "gzip", ".csv.gz"),
    (rb"BZh\d1AY&SY", "bzip2", ".csv.bz2"),
    (rb"\xfd7zXZ\0", "xz", ".csv.xz"),
    (rb"PAR1[\0-\x1f]", "Parquet", ".parquet"),
    (rb"ARROW1\0", "Feather", ".feather"),
    (rb"\(\xb5\x2f\xfd", "zstd", _UNPACK),
    (rb"PK\x03\x04", "zip", _UNPACK),
    (rb"7z\xbc\xaf'\x1c", "7z", _UNPACK),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel", _SAVE_SHEET),
)
_HEAD_BYTES = 1024
_PARTS_OF_WORKBOOKS = (b"[Content_Types].xml", b"xl/", b"mimetypeapplication/vnd.oasis")


def refuse_binary(where: str, content: bytes) -> None:
    """Raise DataError for a compressed file, a workbook or a file of columns that has the name of a text file."""
    for start, kind, remedy in _BINARY:
        if not re.match(start, content):
            continue
        if kind == "zip" and any(part in content[:_HEAD_BYTES] for part in _PARTS_OF_WORKBOOKS):
            kind, remedy = "Excel", _SAVE_SHEET  # noqa: PLW2901
        if isinstance(remedy, str):
            remedy = Note.of("name_it", "Rename it, so that it ends in {ending}.", ending=remedy)  # noqa: PLW2901
        text = "{where}: must be a text file; by its first bytes it is of the format {format}. {remedy}"
        raise DataError.of("binary_content", text, where=where, format=kind, remedy=remedy)


def check_encoding(where: str, encoding: str) -> None:
    """Raise DataError if Python does not know an encoding."""
    try:
        codecs.lookup(encoding)
    except LookupError:
        text = "{where}: the encoding must be one that Python supports; got {encoding!r}. Declare another."
        raise DataError.of("no_encoding", text, where=where, encoding=encoding) from None


def detect_encoding(text: bytes) -> str | None:
    """Detect the encoding of a text, which may be cut off; None where it is in doubt.

    >>> [detect_encoding(word.encode(name)) for word, name in (("Málaga", "cp1252"), ("서울", "cp949"))]
    ['cp1252', 'cp949']
    >>> detect_encoding("Москва".encode("cp1251")) is None
    True
    """
    marked = _marked_encoding(text) or _wide_encoding(text[:_SAMPLE_BYTES])
    if marked:
        return marked
    whole = text[: len(text) - _n_cut(text)]
    if whole.isascii() or is_valid_utf8(whole):
        return UTF8
    sample = _sample(text)
    for part in (whole[:_SAMPLE_BYTES], sample):
        n_odd, runs = _decode(part, UTF8)
        if sum(map(len, runs)) > n_odd:  # UTF-8 with faults
            return None
    decoded = {encoding: _decode(sample, encoding) for encoding in _EAST_ASIAN}
    readable = {encoding: runs for encoding, (n_faults, runs) in decoded.items() if _FACTOR * n_faults <= n_odd}
    shares = {encoding: _share_of_common(runs, _EAST_ASIAN[encoding]) for encoding, runs in readable.items()}
    ranked = sorted(shares, key=lambda one: -shares[one])
    highest, next_highest = [*(shares[one] for one in ranked), 0.0, 0.0][:2]
    if highest >= _FEWEST_COMMON and next_highest <= _MARGIN * highest:
        return ranked[0]
    for encoding, fits in (("cp949", _is_korean), ("cp932", _is_japanese)):
        if encoding in readable and shares[encoding] >= _MARGIN * highest and fits(readable[encoding]):
            return encoding
    encoding = "cp1252" if _decodes(sample, "cp1252") else "latin-1"
    western = sample.decode(encoding, "ignore")
    n_letters = sum(not letter.isascii() for letter in western)
    n_strange = sum(sum(not letter.isascii() for letter in match[0]) for match in _NOT_WESTERN.finditer(western))
    return encoding if n_strange <= _FEW * n_letters else None


def first_text(text: bytes, separator: str) -> str:
    r"""Return the first field of a text in UTF-8 that has a letter beyond ASCII; an empty text for none.

    >>> first_text("a,b\n1,Málaga\n".encode(), ",")
    'Málaga'
    """
    found = re.search(rb"[\x80-\xff]", text)
    if found is None:
        return ""
    ends = re.escape(separator.encode()) + rb'\r\n"'
    before = re.search(rb"[^%s]*\Z" % ends, text[max(0, found.start() - 100) : found.start()])
    after = re.compile(rb"[^%s]{0,100}" % ends).match(text, found.start())
    assert before is not None
    assert after is not None
    return (before[0] + after[0]).decode("utf-8", "ignore").strip()


def _marked_encoding(text: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if text.startswith(mark)), None)


def _wide_encoding(sample: bytes) -> str | None:
    """Return UTF-16 without a byte-order mark: the upper bytes of most separators, digits and line breaks are zero."""
    n_pairs = len(sample) // 2
    zeros = [sample[start : 2 * n_pairs : 2].count(0) / n_pairs if n_pairs else 0.0 for start in (0, 1)]
    for encoding, (upper, lower) in (("utf-16-le", (zeros[1], zeros[0])), ("utf-16-be", (zeros[0], zeros[1]))):
        if upper > _ZEROS and lower < _NO_ZEROS * upper and _decodes(sample, encoding):
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
            if upper > _MOST or "\n" in text or "\r" in text:  # others may have zero bytes in a few fields
                return encoding
    return None


def _n_cut(text: bytes) -> int:
    """Return how many bytes of a UTF-8 character are at the end of a text that is cut there."""
    # At most three bytes of a character are there if it is cut; an incremental decoder leaves these alone.
    tail = text[-3:]
    return len(tail) - codecs.utf_8_decode(tail, "replace", False)[1]  # noqa: FBT003 - takes no keywords


def whole_characters(text: bytes) -> int:
    """Return the length of UTF-8 text without a character at the end that is cut."""
    return len(text) - _n_cut(text)


def _sample(text: bytes) -> bytes:
    """Return a part of a text that is not UTF-8, from the line of its first fault on."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        # What precedes the fault is valid UTF-8, and has no faults to count.
        start = text.rfind(b"\n", 0, error.start) + 1
        return text[start : start + _SAMPLE_BYTES]
    return text[:_SAMPLE_BYTES]


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(text)  # a character cut at the end is no fault
    except UnicodeError:  # not only UnicodeDecodeError: UTF-16 without a byte-order mark
        return False
    return True


def _decode(text: bytes, encoding: str) -> tuple[int, list[str]]:
    """Count undecodable bytes, and return the runs of decoded characters beyond ASCII."""
    decoded = codecs.getincrementaldecoder(encoding)(ERROR_HANDLER).decode(text)
    runs = re.findall(rf"[^\x00-\x7f{chr(ODD + 0x80)}-{chr(ODD + 0xFF)}]+", decoded)
    return sum(ord(letter) >= ODD for letter in decoded), runs


def _share_of_common(runs: list[str], common: frozenset[str]) -> float:
    letters = _SYMBOLS.sub("", "".join(runs))
    return sum(letter in common for letter in letters) / len(letters) if letters else 0.0


def _is_korean(runs: list[str]) -> bool:
    """Whether most letters are Hangul syllables that are in use, which are those of EUC-KR, or all are its symbols."""
    # Some western text decodes as cp949 too, but then yields other syllables: the degree sign before a C, for example.
    # Chinese text yields syllables and as many Chinese characters.
    codes = [letter.encode("cp949") for letter in "".join(runs)]
    in_use = [code for code in codes if len(code) > 1 and min(code) > 0xA0]
    n_syllables = sum(0xB0 <= code[0] <= 0xC8 for code in in_use)
    n_chinese = sum(code[0] >= 0xCA for code in in_use)
    are_symbols = all(len(code) > 1 and min(code) > 0xA0 and code[0] < 0xAA for code in codes)
    return bool(codes) and (are_symbols or (n_syllables >= _HALF * len(codes) and n_chinese <= _SOME * len(codes)))


def _is_japanese(runs: list[str]) -> bool:
    """Whether nearly all letters are kana and kanji, in words, as Shift-JIS writes the common ones."""
    # Symbols alone say nothing. A kanji next to an ASCII letter may be a quotation mark and a letter of a western text.
    words = [run for run in (_SYMBOLS.sub("", run) for run in runs) if run]
    if runs and not words:  # the first byte of these symbols is none in cp1252
        return all(letter.encode("cp932")[0] == 0x81 for letter in "".join(runs))
    letters = "".join(run for run in words if len(run) > 1 or "\u3041" <= run <= "\u30ff")
    common = [letter for letter in letters if 0x81 <= letter.encode("cp932")[0] <= 0x9F]
    n_words = sum("\u3040" <= letter <= "\u30ff" or "\u4e00" <= letter <= "\u9fff" for letter in common)
    n_all = sum(map(len, words))
    return n_all > 0 and len(common) >= _MOST * n_all and n_words >= _HALF * n_all
