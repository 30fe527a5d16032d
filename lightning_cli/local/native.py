"""Read signs, units, amounts and dates in the words of any other language, for eSpeak NG; pure.

What the language's own voice reads is left to it: ``reads`` tells. Units and dates are worded by Babel, whose tables
are the Unicode consortium's; without it they stay as they are written. Words for money are our own, since those tables
say "Indian rupees" where people say rupees. eSpeak NG leaves many signs out, or says them in English;
tests/local/test_native.py asks it for each.
"""

import datetime as dt
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from lightning_cli.local.native_calendar import calendar_forms
from lightning_cli.local.native_forms import SHORT_FORMS
from lightning_cli.local.native_numbers import counted_forms, read_german_years, read_numbers
from lightning_cli.local.native_ordinals import ordinal_forms
from lightning_cli.local.sign_names import character_name

_ORDER = "₹ € £ $ ¥ ¢ ₽ ₺ ₩ ° % ‰ № § × ÷ ≤ ≥ → ∞ √ < > = ¾"
# In that order, for many; an underscore is a space.
_TABLE = """
hi रुपये यूरो पाउंड डॉलर येन सेंट रूबल लीरा वॉन डिग्री प्रतिशत प्रति_हज़ार नंबर धारा गुणा भागा से_कम_या_बराबर से_अधिक_या_बराबर से अनंत वर्गमूल से_कम से_अधिक बराबर तीन_चौथाई
mr रुपये युरो पाउंड डॉलर येन सेंट रूबल लीरा वॉन अंश टक्के प्रति_हजार क्रमांक कलम गुणिले भागिले पेक्षा_कमी_किंवा_समान पेक्षा_जास्त_किंवा_समान ते अनंत वर्गमूळ पेक्षा_कमी पेक्षा_जास्त बरोबर पाऊण
kn ರೂಪಾಯಿ ಯೂರೋ ಪೌಂಡ್ ಡಾಲರ್ ಯೆನ್ ಸೆಂಟ್ ರೂಬಲ್ ಲಿರಾ ವಾನ್ ಡಿಗ್ರಿ ಶೇಕಡಾ ಪ್ರತಿ_ಸಾವಿರ ಸಂಖ್ಯೆ ವಿಭಾಗ ಗುಣಿಸು ಭಾಗಿಸು ಕಡಿಮೆ_ಅಥವಾ_ಸಮ ಹೆಚ್ಚು_ಅಥವಾ_ಸಮ ಗೆ ಅನಂತ ವರ್ಗಮೂಲ ಕಡಿಮೆ ಹೆಚ್ಚು ಸಮ ಮುಕ್ಕಾಲು
ta ரூபாய் யூரோ பவுண்டு டாலர் யென் சென்ட் ரூபிள் லிரா வோன் டிகிரி சதவீதம் ஆயிரத்திற்கு எண் பிரிவு பெருக்கல் வகுத்தல் குறைவு_அல்லது_சமம் அதிகம்_அல்லது_சமம் இருந்து முடிவிலி வர்க்கமூலம் குறைவு அதிகம் சமம் முக்கால்
bn টাকা ইউরো পাউন্ড ডলার ইয়েন সেন্ট রুবল লিরা ওন ডিগ্রি শতাংশ প্রতি_হাজারে নম্বর ধারা গুণ ভাগ কম_বা_সমান বেশি_বা_সমান থেকে অসীম বর্গমূল কম বেশি সমান তিন_চতুর্থাংশ
gu રૂપિયા યુરો પાઉન્ડ ડોલર યેન સેન્ટ રૂબલ લીરા વોન ડિગ્રી ટકા પ્રતિ_હજાર નંબર કલમ ગુણ્યા ભાગ્યા ઓછું_અથવા_સમાન વધુ_અથવા_સમાન થી અનંત વર્ગમૂળ ઓછું વધુ બરાબર પોણો
te రూపాయలు యూరో పౌండ్లు డాలర్లు యెన్ సెంట్లు రూబుల్ లిరా వాన్ డిగ్రీలు శాతం వెయ్యికి సంఖ్య విభాగం గుణించి భాగించి తక్కువ_లేదా_సమానం ఎక్కువ_లేదా_సమానం నుండి అనంతం వర్గమూలం తక్కువ ఎక్కువ సమానం ముప్పావు
ml രൂപ യൂറോ പൗണ്ട് ഡോളർ യെൻ സെന്റ് റൂബിൾ ലിറ വോൺ ഡിഗ്രി ശതമാനം ആയിരത്തിന് നമ്പർ വകുപ്പ് ഗുണം ഹരണം കുറവ്_അല്ലെങ്കിൽ_തുല്യം കൂടുതൽ_അല്ലെങ്കിൽ_തുല്യം മുതൽ അനന്തം വർഗമൂലം കുറവ് കൂടുതൽ സമം മുക്കാൽ
pa ਰੁਪਏ ਯੂਰੋ ਪੌਂਡ ਡਾਲਰ ਯੇਨ ਸੈਂਟ ਰੂਬਲ ਲੀਰਾ ਵੌਨ ਡਿਗਰੀ ਪ੍ਰਤੀਸ਼ਤ ਪ੍ਰਤੀ_ਹਜ਼ਾਰ ਨੰਬਰ ਧਾਰਾ ਗੁਣਾ ਭਾਗ ਤੋਂ_ਘੱਟ_ਜਾਂ_ਬਰਾਬਰ ਤੋਂ_ਵੱਧ_ਜਾਂ_ਬਰਾਬਰ ਤੋਂ ਅਨੰਤ ਵਰਗਮੂਲ ਤੋਂ_ਘੱਟ ਤੋਂ_ਵੱਧ ਬਰਾਬਰ ਪੌਣਾ
or ଟଙ୍କା ୟୁରୋ ପାଉଣ୍ଡ ଡଲାର ୟେନ ସେଣ୍ଟ ରୁବଲ ଲିରା ୱନ ଡିଗ୍ରୀ ପ୍ରତିଶତ ପ୍ରତି_ହଜାର ନମ୍ବର ଧାରା ଗୁଣନ ଭାଗ କମ୍_କିମ୍ବା_ସମାନ ଅଧିକ_କିମ୍ବା_ସମାନ ରୁ ଅସୀମ ବର୍ଗମୂଳ କମ୍ ଅଧିକ ସମାନ ତିନି_ଚତୁର୍ଥାଂଶ
es rupias euros libras dólares yenes centavos rublos liras wones grados por_ciento por_mil número sección por entre menor_o_igual_que mayor_o_igual_que a infinito raíz_de menor_que mayor_que igual_a tres_cuartos
de Rupien Euro Pfund Dollar Yen Cent Rubel Lira Won Grad Prozent Promille Nummer Paragraph mal geteilt_durch kleiner_gleich größer_gleich nach unendlich Wurzel_aus kleiner_als größer_als gleich drei_viertel
fr roupies euros livres dollars yens centimes roubles livres_turques wons degrés pour_cent pour_mille numéro paragraphe fois divisé_par inférieur_ou_égal_à supérieur_ou_égal_à vers infini racine_de inférieur_à supérieur_à égale trois_quarts
it rupie euro sterline dollari yen centesimi rubli lire_turche won gradi percento per_mille numero paragrafo per diviso minore_o_uguale_a maggiore_o_uguale_a a infinito radice_di minore_di maggiore_di uguale tre_quarti
nl roepies euro pond dollar yen cent roebel lira won graden procent promille nummer paragraaf keer gedeeld_door kleiner_dan_of_gelijk_aan groter_dan_of_gelijk_aan naar oneindig wortel_van kleiner_dan groter_dan is drie_kwart
sv rupier euro pund dollar yen cent rubel lira won grader procent promille nummer paragraf gånger delat_med mindre_än_eller_lika_med större_än_eller_lika_med till oändlighet roten_ur mindre_än större_än lika_med tre_fjärdedelar
pt rupias euros libras dólares ienes centavos rublos liras wones graus por_cento por_mil número parágrafo vezes dividido_por menor_ou_igual_a maior_ou_igual_a para infinito raiz_de menor_que maior_que igual_a três_quartos
ru рупий евро фунтов долларов иен центов рублей лир вон градусов процентов промилле номер параграф умножить_на разделить_на меньше_или_равно больше_или_равно к бесконечность корень_из меньше больше равно три_четверти
uk рупій євро фунтів доларів єн центів рублів лір вон градусів відсотків проміле номер параграф помножити_на поділити_на менше_або_дорівнює більше_або_дорівнює до нескінченність корінь_з менше більше дорівнює три_чверті
el ρουπίες ευρώ λίρες δολάρια γεν σεντς ρούβλια λίρες γουόν βαθμοί τοις_εκατό τοις_χιλίοις αριθμός παράγραφος επί διά μικρότερο_ή_ίσο μεγαλύτερο_ή_ίσο προς άπειρο ρίζα_του μικρότερο_από μεγαλύτερο_από ίσον τρία_τέταρτα
fi rupiaa euroa puntaa dollaria jeniä senttiä ruplaa liiraa wonia astetta prosenttia promillea numero pykälä kertaa jaettuna pienempi_tai_yhtä_suuri_kuin suurempi_tai_yhtä_suuri_kuin kohti ääretön neliöjuuri pienempi_kuin suurempi_kuin on kolme_neljäsosaa
no rupi euro pund dollar yen cent rubler lira won grader prosent promille nummer paragraf ganger delt_på mindre_enn_eller_lik større_enn_eller_lik til uendelig kvadratroten_av mindre_enn større_enn er_lik tre_fjerdedeler
pl rupii euro funtów dolarów jenów centów rubli lir wonów stopni procent promili numer paragraf razy podzielić_przez mniejsze_lub_równe większe_lub_równe do nieskończoność pierwiastek_z mniejsze_niż większe_niż równa_się trzy_czwarte
ar روبية يورو جنيه دولار ين سنت روبل ليرة وون درجة بالمئة بالألف رقم فقرة ضرب قسمة أصغر_من_أو_يساوي أكبر_من_أو_يساوي إلى ما_لا_نهاية جذر أصغر_من أكبر_من يساوي ثلاثة_أرباع
zh 卢比 欧元 英镑 美元 元 美分 卢布 里拉 韩元 度 百分之 千分之 第 节 乘以 除以 小于等于 大于等于 到 无穷 根号 小于 大于 等于 四分之三
id rupee euro pound dolar yen sen rubel lira won derajat persen permil nomor bagian kali bagi kurang_dari_atau_sama_dengan lebih_dari_atau_sama_dengan ke tak_hingga akar kurang_dari lebih_dari sama_dengan tiga_perempat
ja ルピー ユーロ ポンド ドル えん セント ルーブル リラ ウォン ど パーセント パーミル ばんごう セクション かける わる いか いじょう から むげんだい ルート しょうなり だいなり イコール よんぶんのさん
ko 루피 유로 파운드 달러 엔 센트 루블 리라 원 도 퍼센트 퍼밀 번호 절 곱하기 나누기 작거나_같음 크거나_같음 에서 무한대 루트 작음 큼 는 사분의_삼
ms rupee euro paun dolar yen sen rubel lira won darjah peratus per_seribu nombor seksyen darab bahagi kurang_daripada_atau_sama_dengan lebih_daripada_atau_sama_dengan ke infiniti punca_kuasa_dua kurang_daripada lebih_daripada sama_dengan tiga_suku
tr rupi avro sterlin dolar yen sent ruble lira won derece yüzde binde numara bölüm çarpı bölü küçük_eşit büyük_eşit den sonsuz karekök küçüktür büyüktür eşittir dörtte_üç
vi rupee euro bảng đô_la yên xu rúp lira won độ phần_trăm phần_nghìn số mục nhân chia nhỏ_hơn_hoặc_bằng lớn_hơn_hoặc_bằng đến vô_cực căn nhỏ_hơn lớn_hơn bằng ba_phần_tư
ur روپے یورو پاؤنڈ ڈالر ین سینٹ روبل لیرا وون ڈگری فیصد فی_ہزار نمبر دفعہ ضرب تقسیم کم_یا_برابر زیادہ_یا_برابر سے لامحدود جذر کم زیادہ برابر تین_چوتھائی
fa روپیه یورو پوند دلار ین سنت روبل لیر وون درجه درصد در_هزار شماره بخش ضربدر تقسیم_بر کوچکتر_یا_مساوی بزرگتر_یا_مساوی به بی‌نهایت جذر کوچکتر_از بزرگتر_از مساوی سه_چهارم
he רופי אירו לירות דולר ין סנט רובל לירות וון מעלות אחוז פרומיל מספר סעיף כפול חלקי קטן_או_שווה גדול_או_שווה אל אינסוף שורש קטן_מ גדול_מ שווה שלושה_רבעים
"""
SIGN_WORDS: dict[str, dict[str, str]] = {
    language: dict(zip(_ORDER.split(), (word.replace("_", " ") for word in words), strict=True))
    for language, *words in map(str.split, _TABLE.strip().splitlines())
}
# One, and two to four, where a language counts so.
FEW_WORDS = {
    "ru": {
        "₽": ("рубль", "рубля"),
        "$": ("доллар", "доллара"),
        "₹": ("рупия", "рупии"),
        "£": ("фунт", "фунта"),
        "%": ("процент", "процента"),
        "€": ("евро", "евро"),
        "°": ("градус", "градуса"),
        "¥": ("иена", "иены"),
        "₺": ("лира", "лиры"),
    },
    "uk": {"$": ("долар", "долара"), "%": ("відсоток", "відсотки"), "°": ("градус", "градуси")},
    "pl": {"$": ("dolar", "dolary"), "£": ("funt", "funty"), "°": ("stopień", "stopnie")},
    "es": {
        "€": ("euro", ""),
        "$": ("dólar", ""),
        "£": ("libra", ""),
        "₹": ("rupia", ""),
        "°": ("grado", ""),
        "₽": ("rublo", ""),
    },
    "pt": {"€": ("euro", ""), "$": ("dólar", ""), "£": ("libra", ""), "₹": ("rupia", ""), "°": ("grau", "")},
    "fr": {"₹": ("roupie", ""), "₽": ("rouble", ""), "°": ("degré", "")},
    "it": {"$": ("dollaro", ""), "₹": ("rupia", ""), "°": ("grado", ""), "₽": ("rublo", "")},
}
# What CLDR calls the units that people write by their symbols.
UNITS = {
    symbol: unit
    for pair in (
        "м/с=speed-meter-per-second км/ч=speed-kilometer-per-hour км²=area-square-kilometer м²=area-square-meter "
        "м³=volume-cubic-meter км=length-kilometer м=length-meter см=length-centimeter мм=length-millimeter "
        "кг=mass-kilogram г=mass-gram мг=mass-milligram т=mass-tonne л=volume-liter мл=volume-milliliter га=area-hectare "
        "°С=temperature-celsius мин=duration-minute сек=duration-second КБ=digital-kilobyte МБ=digital-megabyte "
        "ГБ=digital-gigabyte ТБ=digital-terabyte Вт=power-watt кВт=power-kilowatt МВт=power-megawatt "
        "Гц=frequency-hertz кГц=frequency-kilohertz МГц=frequency-megahertz ГГц=frequency-gigahertz "
        "km/u=speed-kilometer-per-hour km/t=speed-kilometer-per-hour km/h=speed-kilometer-per-hour m/s=speed-meter-per-second mph=speed-mile-per-hour km²=area-square-kilometer "
        "km2=area-square-kilometer m²=area-square-meter m2=area-square-meter cm²=area-square-centimeter "
        "cm2=area-square-centimeter m³=volume-cubic-meter m3=volume-cubic-meter cm³=volume-cubic-centimeter "
        "cm3=volume-cubic-centimeter km=length-kilometer m=length-meter cm=length-centimeter mm=length-millimeter "
        "ft=length-foot kg=mass-kilogram g=mass-gram mg=mass-milligram t=mass-tonne l=volume-liter L=volume-liter "
        "ml=volume-milliliter mL=volume-milliliter cl=volume-centiliter ha=area-hectare °C=temperature-celsius "
        "°F=temperature-fahrenheit h=duration-hour min=duration-minute s=duration-second ms=duration-millisecond "
        "kB=digital-kilobyte KB=digital-kilobyte MB=digital-megabyte GB=digital-gigabyte TB=digital-terabyte "
        "W=power-watt kW=power-kilowatt MW=power-megawatt kWh=energy-kilowatt-hour kcal=energy-kilocalorie "
        "V=electric-volt A=electric-ampere Hz=frequency-hertz kHz=frequency-kilohertz MHz=frequency-megahertz "
        "GHz=frequency-gigahertz lb=mass-pound oz=mass-ounce hPa=pressure-hectopascal bar=pressure-bar "
        "ºC=temperature-celsius ºF=temperature-fahrenheit km/sa=speed-kilometer-per-hour كم/س=speed-kilometer-per-hour "
        "كم=length-kilometer كغ=mass-kilogram كجم=mass-kilogram °م=temperature-celsius"
    ).split()
    for symbol, _, unit in (pair.partition("="),)
}
# Reais: eSpeak NG takes the letter for a word and the sign for dollars.
REAIS = {"pt": ("real", "reais"), "es": ("real", "reales"), "en": ("real", "reais")}


def _words(text: str) -> dict[str, str]:
    return {code: word for entry in text.split(";") for code, _, word in (entry.strip().partition("="),)}


# Signs that stand in any text, where a voice says them in English or leaves them out.
_SIGNS_OF_TEXT = {
    "+": _words("ar=زائد;zh=加;ja=プラス;ko=플러스;ur=جمع;fa=به علاوه;he=פלוס;hi=प्लस;mr=प्लस;bn=যোগ"),
    "&": _words(
        "hi=और;mr=आणि;bn=এবং;gu=અને;pa=ਅਤੇ;ta=மற்றும்;te=మరియు;kn=ಮತ್ತು;ml=ഒപ്പം;or=ଏବଂ;ar=و;zh=和;ja=と;ko=그리고;ur=اور;fa=و;he=ו;"
        "uk=і;el=και;id=dan;ms=dan;vi=và"
    ),
    "@": _words(
        "hi=ऐट;mr=ऍट;bn=অ্যাট;gu=ઍટ;pa=ਐਟ;ta=அட்;te=ఎట్;kn=ಎಟ್;ml=അറ്റ്;ar=آت;zh=艾特;ja=アット;ko=골뱅이;tr=et;fa=ات;ur=ایٹ"
    ),
    "±": _words(
        "es=más menos;it=più o meno;pt=mais ou menos;ru=плюс-минус;uk=плюс-мінус;tr=artı eksi;hi=प्लस माइनस;mr=अधिक उणे;"
        "bn=যোগ বিয়োগ;ar=زائد ناقص;zh=正负;ja=プラスマイナス;ko=플러스 마이너스;sv=plus minus;no=pluss minus;fi=plus miinus"
    ),
}
# Before a number below zero, and between two numbers that are from and to.
MINUS = _words(
    "hi=माइनस;mr=उणे;kn=ಮೈನಸ್;ta=மைனஸ்;bn=মাইনাস;gu=માઈનસ;te=మైనస్;ml=മൈനസ്;pa=ਮਾਈਨਸ;or=ମାଇନସ୍;es=menos;fr=moins;"
    "ru=минус;uk=мінус;pl=minus;ar=ناقص;zh=负;ja=マイナス;ko=마이너스;tr=eksi;ur=منفی;fa=منفی;he=מינוס;hy=մինուս;ka=მინუს;"
    "de=minus;it=meno;nl=min;sv=minus;pt=menos;el=μείον;fi=miinus;no=minus;id=minus;ms=tolak;vi=âm"
)
TO = _words(
    "hi=से;mr=ते;kn=ರಿಂದ;ta=முதல்;bn=থেকে;gu=થી;te=నుండి;ml=മുതൽ;pa=ਤੋਂ;or=ରୁ;es=a;fr=à;ru=до;uk=до;pl=do;ar=إلى;zh=到;ja=から;"
    "ko=에서;tr=ila;ur=سے;fa=تا;he=עד;de=bis;it=a;nl=tot;sv=till;pt=a;el=έως;fi=viiva;no=til;id=sampai;ms=hingga;vi=đến"
)
# Behind an amount, before its currency.
SCALES = frozenset(
    (
        "लाख करोड़ करोड़ हज़ार हजार अरब सौ कोटी লাখ লক্ষ কোটি হাজার લાખ કરોડ હજાર லட்சம் கோடி ஆயிரம் లక్ష లక్షల కోటి కోట్ల వేల ಲಕ್ಷ ಕೋಟಿ ಸಾವಿರ "
        "ലക്ഷം കോടി ആയിരം ਲੱਖ ਕਰੋੜ ਹਜ਼ਾਰ ଲକ୍ଷ କୋଟି ହଜାର millón millones mil Million Millionen Mio. Mio Mrd. Mrd Milliarde "
        "Milliarden million millions milliard milliards milione milioni miliardo miliardi milhão milhões bilhão bilhões "
        "miljoen miljard miljoner miljarder miljon miljard millioner milliarder millioner miljoonaa miljardia mln mld tys. "
        "miliona milionów miliarda miliardów млн млрд тыс. тысяч миллиона миллионов миллиарда миллиардов 万 亿 萬 億 만 억 조 "
        "milion miliony miliard miliardy tysiąc tysiące tysięcy миллион миллиард тысяча тысячи "
        "milyon milyar bin juta miliar ribu triệu tỷ nghìn مليون مليار ألف میلیون میلیارد εκατ. δισ. εκατομμύρια מיליון מיליארד"
    ).split()
)
# Between those that are nouns and what is counted.
BEFORE_MONEY = {"es": " de", "fr": " de", "it": " di", "pt": " de"}
WITH_JOINT = frozenset(
    "millón millones million millions milliard milliards milione milioni miliardo miliardi milhão milhões bilhão bilhões".split()
)
OTHER_MONEY = {
    ("bn", "৳"): "টাকা", ("vi", "₫"): "đồng", ("he", "₪"): "שקלים", ("uk", "₴"): "гривень", ("ru", "₴"): "гривен",
    ("ru", "₪"): "шекелей", ("de", "₴"): "Hrywnja", ("hi", "৳"): "टका",
}  # fmt: skip # pairs
# Letters of Malayalam that end a syllable, as they were written before Unicode had them.
CHILLUS = {
    "\u0d23\u0d4d\u200d": "\u0d7a", "\u0d28\u0d4d\u200d": "\u0d7b", "\u0d30\u0d4d\u200d": "\u0d7c", "\u0d32\u0d4d\u200d": "\u0d7d",
    "\u0d33\u0d4d\u200d": "\u0d7e", "\u0d15\u0d4d\u200d": "\u0d7f",
}  # fmt: skip # pairs
POWER = _words(
    "de=hoch;es=elevado a;fr=puissance;it=alla;pt=elevado a;nl=tot de macht;ru=в степени;uk=у степені;pl=do potęgi;hi=की घात;"
    "mr=ची घात;sv=upphöjt till;no=opphøyd i;fi=potenssiin;tr=üzeri;zh=的次方;id=pangkat;ms=kuasa;vi=mũ;el=στην;ar=أس"
)
# Where the tables of units have a slash for it.
PER_HOUR = {"ta": "ஒரு", "ml": "ഒരു", "tr": "bölü", "vi": "trên"}
# Signs for which there is a word wherever a voice has none.
ALWAYS_WORDS = frozenset("+₹€£$¥¢₽₺₩₴₪₫₦₱฿₿₡₲₵₸₾₼₭₮৳°%‰=&@×÷©®™§¶±#№≤≥≠≈→←↑↓⇒∞√∑∏∫∂∈\u222a∩†‡⇔↔♯♭µ")


# Days, short and whole, for opening hours: "Mo.-Fr.".
DAYS = {
    language: dict(zip(short.split(), full.split(), strict=True))
    for language, (short, full) in {
        "de": ("Mo Di Mi Do Fr Sa So", "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
        "fr": ("lun mar mer jeu ven sam dim", "lundi mardi mercredi jeudi vendredi samedi dimanche"),
        "es": ("lun mar mié jue vie sáb dom", "lunes martes miércoles jueves viernes sábado domingo"),
        "it": ("lun mar mer gio ven sab dom", "lunedì martedì mercoledì giovedì venerdì sabato domenica"),
        "pt": ("seg ter qua qui sex sáb dom", "segunda terça quarta quinta sexta sábado domingo"),
        "nl": ("ma di wo do vr za zo", "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
    }.items()
}

_NUMBER = r"\d+(?:[.,]\d+)*"
_MONEY_SIGNS = "₹€£$¥₽₺₩৳₫₪₴"
_SCALE = "|".join(sorted(map(re.escape, SCALES), key=len, reverse=True))
_MONEY = re.compile(
    rf"(?:\b(?:US|U\.S\.))?([{_MONEY_SIGNS}])\s?({_NUMBER})(?:(\s?)((?:{_SCALE})(?: (?:{_SCALE}))?)(?!\w))?(?![A-Za-z0-9])"
    rf"|({_NUMBER})(?:(\s?)({_SCALE}))?\s?([{_MONEY_SIGNS}])(?!\d)"
)
_REAIS = re.compile(rf"\bR\$\s?({_NUMBER})(?: ({_SCALE})(?!\w))?")
_CENTS = re.compile(r"[.,](\d\d)\Z")
# Codes of money beside a number, for its sign.
_CODES = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "RUB": "₽", "TRY": "₺", "CNY": "¥", "KRW": "₩"}
_CODE = re.compile(rf"(?<![\w])({'|'.join(_CODES)})\s?(?=\d)|(?<=\d)\s?({'|'.join(_CODES)})(?!\w)")
# Between an amount and its hundredths: "12 Euro 50".
_HUNDREDTHS = {("es", "€"): "céntimos", ("pt", "€"): "cêntimos", ("it", "€"): "centesimi", ("fr", "$"): "cents"}
_BEFORE_CENTS = {"de": "", "nl": "", "fr": "", "es": "con", "it": "e", "pt": "e"}
# Voices that know one form of a currency or of the percentage only, where the number asks for others.
_BENDING = frozenset({"es", "pt", "ru", "uk", "pl"})
_BETWEEN_SIDES = re.compile(r"(?<=\d) [xX] (?=\d)|(?<=[1-9])[xX](?=[1-9])")
# A letter, but for those of scripts without spaces.
_LETTER = r"[^\W\u2e80-\uffff]"
_SYMBOL = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_UNIT = re.compile(rf"(?<![A-Za-z0-9.,])([-\u2212]?{_NUMBER})[ \u00a0\u202f]?({_SYMBOL})(?![²³]|{_LETTER})")
_DATE = re.compile(
    r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?![\d/-])|(?<![\d./-])(\d{4})-(\d{2})-(\d{2})(?![\d/-])"
)
_GROUPS = re.compile(r"(?<![\d.,])(?<!\d )\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?! ?\d)")
_RANGE = re.compile(r"(?<![\w.,/:-])(\d+(?:[.,]\d+)?)\s?[-\u2013]\s?(\d+(?:[.,]\d+)?)(?![\w/:-]|[.,]\d)")
_MINUS = re.compile(rf"(?<![)\].,-])(?<!{_LETTER})(?<!\d)[-\u2212](?=\d)")
_PERCENT = re.compile(rf"({_NUMBER})\s?([%‰]|°(?![\w'′]))")
_NUMBERED = re.compile(r"№\s?")
_ROOT = re.compile(r"√\s?(?=\w)")
# Squares and cubes have signs that eSpeak NG reads.
_POWER = re.compile("(?:⁻?[⁰¹⁴-⁹]|[²³](?=[⁰¹²³⁴-⁹]))[⁰¹²³⁴-⁹]*")
_INDEX = re.compile("[₀-₉]+")
_YEAR_MARK = re.compile(r"\s[гр]\.\Z")
_YEAR = re.compile(r"1\d{3}|20\d\d")
_SMALL_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "-01234567890123456789")
# Where a sign has a word for few, two to four have it, but not eleven to fourteen.
_FEW = range(2, 5)
# What a number with groups counts as.
_MANY = 5.0
_LOCALES = {"no": "nb", "zh": "zh_Hans"}


def read_native(text: str, language: str, reads: Callable[[str], bool]) -> str:
    """Return ``text`` with words for what the language's voice would leave out, or say in English."""
    text = _joined(text, language)
    if language in DAYS:
        text = _days(language).sub(partial(_from_day_to_day, language), text)
    for pattern, said in _short_forms(language):
        text = pattern.sub(said, text)
    if any(map(str.isnumeric, text)):
        text = _numbers(text, language, reads)
    native = SIGN_WORDS.get(language, {}) | {"\u2212": MINUS.get(language, "")}
    native["#"] = native.get("№", "")
    native |= {sign: words[language] for sign, words in _SIGNS_OF_TEXT.items() if language in words}
    unread = {sign for sign in set(text) if _is_sign(sign) and (not reads(sign) or (sign, language) == ("@", "tr"))}
    if unread:
        text = _ROOT.sub(lambda _: f" {native.get('√') or character_name('√')} ", text) if "√" in unread else text
        text = "".join(f" {native.get(sign) or character_name(sign)} " if sign in unread else sign for sign in text)
    return text


def _joined(text: str, language: str) -> str:
    """Return ``text`` without the joiner that only shapes letters: eSpeak NG takes what stands around it for two words."""
    if "\u200d" in text:
        if language == "ml":
            for old, letter in CHILLUS.items():
                text = text.replace(old, letter)
        text = text.replace("\u200d", "")
    # Names of languages for programs, whose signs a voice would leave out or name in English.
    return re.sub(r"\b([CF])#(?!\w)", r"\1 sharp", re.sub(r"\b(C|Notepad)\+\+", r"\1 plus plus", text))


@cache
def _days(language: str) -> re.Pattern[str]:
    day = "|".join([*DAYS[language], *(short.capitalize() for short in DAYS[language])])
    return re.compile(rf"\b({day})\.?\s?[-\u2013]\s?({day})\b\.?(?![-\u2013'])")


def _from_day_to_day(language: str, found: re.Match[str]) -> str:
    days = {short.lower(): full for short, full in DAYS[language].items()}
    return f"{days[found[1].lower()]} {TO[language]} {days[found[2].lower()]}"


@cache
def _short_forms(language: str) -> tuple[tuple[re.Pattern[str], Any], ...]:
    """Return what is written shorter than it is said; the numerals of rulers and centuries first."""
    written = [(re.compile(pattern), said) for pattern, said in SHORT_FORMS.get(language, ())]
    return (*ordinal_forms(language), *counted_forms(language), *written)


def _numbers(text: str, language: str, reads: Callable[[str], bool]) -> str:
    text = _DATE.sub(partial(_date, language), text)
    for pattern, day in calendar_forms(language):
        text = pattern.sub(day, text)
    text = read_numbers(text, language, reads)
    text = _GROUPS.sub(lambda found: re.sub(r"\s", "", found.group()), text)
    text = _BETWEEN_SIDES.sub(" × ", text)
    text = _CODE.sub(lambda found: _CODES[found[1] or found[2]], text)
    if "R$" in text:
        text = _REAIS.sub(partial(_reais, language), text)
    text = _MONEY.sub(partial(_money, language, reads), text)
    text = _UNIT.sub(partial(_unit, language), text)
    text = _PERCENT.sub(partial(_percent, language, reads), text)
    text = _NUMBERED.sub(lambda found: found.group() if reads("№") else f" {_word('№', language)} ", text)
    if to := TO.get(language):
        text = _RANGE.sub(lambda found: f"{found[1]} {to} {found[2]}", text)
    text = read_german_years(text) if language == "de" else text
    if minus := MINUS.get(language):
        text = _MINUS.sub(f"{minus} ", text)
    text = _POWER.sub(lambda found: f" {POWER.get(language, '')} {found.group().translate(_SMALL_DIGITS)} ", text)
    return _INDEX.sub(lambda found: f" {found.group().translate(_SMALL_DIGITS)} ", text)


def _is_sign(sign: str) -> bool:
    return sign in ALWAYS_WORDS


def _word(sign: str, language: str) -> str:
    other = OTHER_MONEY.get((language, sign))
    return SIGN_WORDS.get(language, {}).get(sign) or other or character_name(sign)


def _counted_word(sign: str, number: str, language: str) -> str:
    """Return the word for a sign behind a number, in the form that the number asks for."""
    one, few = FEW_WORDS.get(language, {}).get(sign, ("", ""))
    if number.isdigit():
        count = int(number)
        tens = count % 100 // 10 != 1
        if one and (count == 1 or (few and count % 10 == 1 and tens and language != "pl")):
            return one
        if few and count % 10 in _FEW and tens:
            return few
    elif few:
        return few
    return _word(sign, language)


def _reais(language: str, found: re.Match[str]) -> str:
    one, many = REAIS.get(language, REAIS["en"])
    number = _whole(found[1])
    if found[2]:
        joint = BEFORE_MONEY.get(language, "") if found[2] in WITH_JOINT else ""
        return f"{number} {found[2]}{joint} {many}"
    return f"{number} {one if number == '1' else many}"


def _whole(number: str) -> str:
    """Return a number without hundredths that are none."""
    cents = _CENTS.search(number)
    return number[: cents.start()] if cents and cents[1] == "00" else number


def _money(language: str, reads: Callable[[str], bool], found: re.Match[str]) -> str:
    leads = found[1] is not None
    sign, number, space, scale = found.group(1, 2, 3, 4) if leads else found.group(8, 5, 6, 7)
    native = SIGN_WORDS.get(language, {}).get(sign) or OTHER_MONEY.get((language, sign))
    # A voice that has a word for the sign says it where it stands: right behind the number, wrong before it.
    amount = _whole(number)
    cents = _CENTS.search(amount)
    if native and cents and not scale and language in _BEFORE_CENTS and sign in "€$£":
        whole = amount[: cents.start()]
        if whole == "0":
            return f"{int(cents[1])} {_HUNDREDTHS.get((language, sign)) or _word('¢', language)}"
        joint = _BEFORE_CENTS[language]
        return f"{whole} {_counted_word(sign, whole, language)} {joint + ' ' if joint else ''}{int(cents[1])}"
    if native is None or (not leads and reads(sign) and language not in _BENDING):
        return f"{amount}{found.group()[len(number) :]}" if not leads else found.group()
    if scale:
        joint = BEFORE_MONEY.get(language, "") if scale in WITH_JOINT else ""
        return f"{amount}{space}{scale}{joint}{'' if language == 'zh' else ' '}{native}"
    # An amount is said before its unit.
    return f"{amount}{native}" if language == "zh" else f"{amount} {_counted_word(sign, amount, language) or native}"


def _percent(language: str, reads: Callable[[str], bool], found: re.Match[str]) -> str:
    number, sign = found.groups()
    if language == "zh":
        return f"{_word(sign, language)}{number}"
    if language == "tr":
        return f"{_word(sign, language)} {number}"
    # Alone it is read there, behind a number it is English.
    if language not in {"ko", "or", "ru", "uk"} and reads(sign):
        return found.group()
    return f"{number} {_counted_word(sign, number, language)}"


def _locale(language: str) -> str:
    return _LOCALES.get(language, language)


def _date(language: str, found: re.Match[str]) -> str:
    day, month, year = (found[1], found[3], found[4]) if found[1] else (found[7], found[6], found[5])
    try:
        from babel.dates import format_date  # only a date needs it

        said = format_date(dt.date(int(year), int(month), int(day)), "long", locale=_locale(language))
        names_year = language == "ru" and not re.match(r"\s?год", found.string[found.end() :])
        return _YEAR_MARK.sub(" года" if names_year else "", said)
    except (ImportError, ValueError, LookupError):
        return found.group()


def _unit(language: str, found: re.Match[str]) -> str:
    written, symbol = found.groups()
    if language not in SIGN_WORDS or (symbol == "г" and _YEAR.fullmatch(written)):
        return found.group()
    number = written.lstrip("-\u2212")
    value = float(number.replace(",", ".")) if number.count(",") + number.count(".") <= 1 else _MANY
    if language == "ja" and symbol.startswith(("°", "º")):
        # The tables have kanji, which the voice does not read.
        return f"{MINUS['ja'] + ' ' if written != number else ''}{number} {SIGN_WORDS['ja']['°']}"
    try:
        from babel.numbers import format_decimal  # only a unit needs it
        from babel.units import format_unit

        # A number that is whole in its value but has a point is many.
        count: float = int(value) if number.isdigit() else value
        said = format_unit(count, UNITS[symbol], "long", locale=_locale(language))
        shown = format_decimal(count, locale=_locale(language))
    except (ImportError, ValueError, LookupError):
        return found.group()
    minus = f"{MINUS.get(language, '')} " if written != number else ""
    said = said.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200c", "")
    per = _per(symbol, language)
    said = said.replace(shown, number, 1) if shown in said else said
    return minus + (said.replace("/", per) if "/" in said else said)


def _per(symbol: str, language: str) -> str:
    """Return what parts a unit from the time it is for, where the tables have a slash."""
    return f" {PER_HOUR.get(language, '')} " if symbol.endswith(("/h", "/u", "/t", "/sa", "/س", "/ч", "/с")) else " "
