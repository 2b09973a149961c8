"""Mandarin becomes pinyin; what is mixed into it is read as a person would."""

import pytest

from speech.mandarin import to_ssml

CASES = {
    "你好": "ni2 hao3",
    "销售请按一，技术支持请按二。": "xiao1 shou4 qing3 an4 yi1 , ji4 shu4 zhi1 chi2 qing3 an4 er4 .",
    "重庆银行，重听": "chong2 qing4 yin2 hang2 , zhong4 ting1",
    "女士": "nv3 shi4",
    "不对": "bu2 dui4",
    "嗯": "en2",
    "按#键或*键": "an4 jing3 hao4 jian4 huo4 xing1 hao4 jian4",
    "欢迎致电Harbour Bank银行": 'huan1 ying2 zhi4 dian4 <voice xml:lang="en">Harbour Bank</voice> yin2 hang2',
    "VIP客户": '<voice xml:lang="en">V I P</voice> ke4 hu4',
    "A&B": '<voice xml:lang="en">A</voice> he2 <voice xml:lang="en">B</voice>',
    "共300元": "gong4 300 yuan2",
    "3.50元": "3 dian3 wu3 ling2 yuan2",
    "优惠50%": "you1 hui4 bai3 fen1 zhi1 50",
    "卡号62220012": "ka3 hao4 liu4 er4 er4 er4 ling2 ling2 yi1 er4",
    "房间007": "fang2 jian1 ling2 ling2 qi1",
    "18:05": "18 dian3 ling2 5 fen1",
    "9:00": "9 dian3 zheng3",
    "<voice>": '<voice xml:lang="en">voice</voice>',
    "  ": "",
}


@pytest.mark.parametrize("text", CASES)
def test_text_to_ssml(text: str) -> None:
    assert to_ssml(text) == CASES[text]
