"""What other languages write shorter than they say it: titles, references, units by their first letters; pure.

Patterns in the order in which they are tried. eSpeak NG reads such words letter by letter, or stops at their full stop.
"""

# Short forms, in order: what stands before a word or beside a number, as a pattern, and what is said for it.
SHORT_FORMS = {
    "fr": (
        (r"\bbd\.?(?= [A-ZÉ])", "boulevard"), (r"\b([Cc])hap\. ?(?=[\dIVX])", r"\1hapitre "), (r"\bpp\. ?(?=\d)", "pages "), (r"\bPr\.?(?= [A-ZÉ])", "Professeur"),
        (r"\$ ?US\b", "$"), (r"(?<=\d) ?M€", " millions d'euros"), (r"(?<=\d) ?Md€", " milliards d'euros"), (r"(?<=\d) ?k€", " mille euros"), (r"\b[Tt]él\.(?= ?[:\d+])", "téléphone"),
        (r"\bMM\.(?= [A-Z])", "Messieurs"), (r"\bM\.(?= [A-ZÉÈ])", "Monsieur"), (r"\bMme\b\.?", "Madame"),
        (r"\bMlle\b\.?", "Mademoiselle"), (r"\bMe (?=[A-ZÉ])", "Maître "), (r"\b[Nn][°º] ?(?=\d)", "numéro "),
        (r"\bDr\b\.?(?= [A-ZÉ])", "Docteur"), (r"\bSt-", "Saint-"), (r"\bSte-", "Sainte-"), (r"\bp\. ?(?=\d)", "page "),
        (r"\bav\. J\.-C\.", "avant Jésus-Christ"), (r"\bapr?\. J\.-C\.", "après Jésus-Christ"), (r"\betc\.", "et cetera"),
        (r"\b1er\b", "premier"), (r"\bc\.-à-d\.", "c'est-à-dire"),
        (r"\b(\d{1,2}) ?h ?(\d{2})\b", r"\1 heures \2"), (r"\b(\d{1,2}) ?h ?[-\u2013] ?(\d{1,2}) ?h\b", r"\1 heures à \2 heures"), (r"\bart\. ?(?=\d)", "article "),
    ),
    "pt": (
        (r"\bR\$ ?(\d[\d.,]*) ?mi\b", r"\1 milhões de reais"), (r"\bR\$ ?(\d[\d.,]*) ?bi\b", r"\1 bilhões de reais"), (r"\bD\.(?= [A-ZÁ][a-zã])", "Dom"),
        (r"\b([Pp])[áa]gs?\. ?(?=\d)", r"\1áginas "), (r"\b([Cc])ap\. ?(?=[\dIVX])", r"\1apítulo "), (r"§ ?(?=\d)", "parágrafo "), (r"\b(\d{1,2})\.([ºª])", r"\1\2"),
        (r"\bSrª?\.ª?(?= [A-ZÁÉÍÓÚ])(?<!ª\.)", "Senhor"), (r"\bSra\.(?= [A-ZÁÉÍÓÚ])", "Senhora"), (r"\bSrta\.", "Senhorita"),
        (r"\bDr\.(?= [A-ZÁ])", "Doutor"), (r"\bDra\.(?= [A-ZÁ])", "Doutora"), (r"\bProf\.(?= [A-ZÁ])", "Professor"),
        (r"\b[Nn][°º]\.? ?(?=\d)", "número "), (r"\bAv\.(?= [A-ZÁ])", "Avenida"), (r"\bR\.(?= [A-ZÁ])", "Rua"),
        (r"\bp\. ?(?=\d)", "página "), (r"\betc\.", "et cetera"),
        (r"\b(\d{1,2}) ?h ?(\d{2})\b", r"\1 horas e \2"), (r"\bart\. ?(?=\d)", "artigo "),
    ),
    "es": (
        (r"\bC/ ?(?=[A-ZÁ])", "Calle "), (r"\b[Nn]\.[ºo°] ?(?=\d)", "número "), (r"\b([Pp])[áa]gs\. ?(?=\d)", r"\1áginas "), (r"\b([Cc])ap\. ?(?=[\dIVX])", r"\1apítulo "),
        (r"\b1\.?er\b", "primer"), (r"\b3\.?er\b", "tercer"), (r"(?<=\d) ?M€", " millones de euros"), (r"(?<=\d) ?mill\. de ?€", " millones de euros"), (r"(?<=\d) ?mill\.", " millones"),
        (r" & ", " y "),
        (r"\bSra\.(?= [A-ZÁÉÍÓÚ])", "Señora"), (r"\bSr\.(?= [A-ZÁÉÍÓÚ])", "Señor"), (r"\bSrta\.", "Señorita"),
        (r"\bDra\.(?= [A-ZÁ])", "Doctora"), (r"\bDr\.(?= [A-ZÁ])", "Doctor"), (r"\b[Nn][°º]\.? ?(?=\d)", "número "),
        (r"\bAvda?\.(?= [A-ZÁ])", "Avenida"), (r"\bp\. ?ej\.", "por ejemplo"), (r"\bp[aá]g\. ?(?=\d)", "página "),
        (r"\bEE\. ?UU\.", "Estados Unidos"), (r"\bUds\.", "ustedes"), (r"\bUd\.", "usted"), (r"\betc\.", "etcétera"),
        (r"\bD\.(?= [A-ZÁ][a-z])", "Don"), (r"\bDña\.", "Doña"),
        (r"\b(\d{1,2}:\d{2}) ?h(?:rs|s)?\b\.?", r"\1 horas"), (r"\bart\. ?(?=\d)", "artículo "),
    ),
    "it": (
        (r"\bIng\.(?= [A-Z])", "Ingegner"), (r"\bAvv\.(?= [A-Z])", "Avvocato"), (r"\b([Pp])agg\. ?(?=\d)", r"\1agine "), (r"\b([Aa])rt\. ?(?=\d)", r"\1rticolo "),
        (r"\b([Cc])ap\. ?(?=[\dIVX])", r"\1apitolo "), (r"\b([Oo]re |alle )(\d{1,2})\.([0-5]\d)\b", r"\1\2:\3"), (r" & ", " e "),
        (r"\bSig\.ra(?= [A-Z])", "Signora"), (r"\bSig\.(?= [A-Z])", "Signor"), (r"\bDott\.ssa(?= [A-Z])", "Dottoressa"),
        (r"\bDott\.(?= [A-Z])", "Dottor"), (r"\bProf\.(?= [A-Z])", "Professor"), (r"\b[Nn][°º]\.? ?(?=\d)", "numero "),
        (r"\bpag\. ?(?=\d)", "pagina "), (r"\becc\.", "eccetera"), (r"\bn\. ?(?=\d)", "numero "),
    ),
    "de": (
        (r"\bProf\.(?= )", "Professor"), (r"\bTel\.(?=:? ?[\d+])", "Telefon"), (r"\bgeb\.(?= [A-ZÄÖÜ\d])", "geboren"), (r"(?<=\d),[-\u2013\u2014](?!\d)", ""),
        (r"\bSt\.(?=[ -][A-Z])", "Sankt"), (r"\bzzt\.", "zurzeit"), (r"\bo\. ?Ä\.", "oder Ähnliches"), (r"\bi\. ?d\. ?R\.", "in der Regel"),
        (r"\bz\. ?B\.", "zum Beispiel"), (r"\bd\. ?h\.", "das heißt"), (r"\bu\. ?a\.", "unter anderem"), (r"\busw\.", "und so weiter"),
        (r"\bbzw\.", "beziehungsweise"), (r"\bca\.", "circa"), (r"\bNr\. ?(?=\d)", "Nummer "), (r"\bDr\.(?= [A-ZÄÖÜ])", "Doktor"),
        (r"\bHr\.(?= [A-ZÄÖÜ])", "Herr"), (r"\bFr\.(?= [A-ZÄÖÜ])", "Frau"), (r"(?<=[a-zß])str\.(?= \d|,|$)", "straße"),
        (r"\bS\. ?(?=\d)", "Seite "), (r"\bevtl\.", "eventuell"), (r"\bv\. ?Chr\.", "vor Christus"), (r"\bn\. ?Chr\.", "nach Christus"),
        (r"\bMwSt\.?", "Mehrwertsteuer"), (r"\bz\. ?Zt?\.", "zurzeit"), (r"\binkl\.", "inklusive"), (r"\bzzgl\.", "zuzüglich"),
        (r"\bggf\.", "gegebenenfalls"), (r"\bvgl\.", "vergleiche"), (r"\bMio\.", "Millionen"), (r"\bMrd\.", "Milliarden"),
        (r"\b(\d{1,2})[:.]00 ?Uhr\b", r"\1 Uhr"), (r"\b(\d{1,2})[:.]0?([1-9]\d?) ?Uhr\b", r"\1 Uhr \2"),
        (r"\bJh(?:dt?)?\.", "Jahrhundert"), (r"(?<=\d) ?Std\.", " Stunden"), (r"(?<=\d) ?Min\.", " Minuten"), (r"(?<=\d) ?Sek\.", " Sekunden"),
        (r"(?<=\d) ?Tsd\.", " tausend"), (r"\bAbb\. ?(?=\d)", "Abbildung "), (r"\bBd\. ?(?=\d)", "Band "),
        (r"\bAbs\. ?(?=\d)", "Absatz "), (r"\bArt\. ?(?=\d)", "Artikel "), (r"\bKap\. ?(?=\d)", "Kapitel "),
        (r"§§ ?(?=\d)", "Paragrafen "),
    ),
    "nl": (
        (r"\bDhr\.", "De heer"), (r"\bMevr\.", "Mevrouw"), (r"\b[Dd]r\.(?= [A-Z])", "dokter"), (r"\b([Pp])rof\.(?= )", r"\1rofessor"), (r"\b([Bb])lz\. ?(?=\d)", r"\1ladzijde "),
        (r"\bhfst\. ?(?=\d)", "hoofdstuk "), (r"(?<=\d) ?mln\b\.?", " miljoen"), (r"(?<=\d) ?mld\b\.?", " miljard"), (r"\bm\.a\.w\.", "met andere woorden"), (r"\bi\.p\.v\.", "in plaats van"),
        (r"\ba\.u\.b\.", "alstublieft"), (r"\bt/m\b", "tot en met"), (r"(?<=\d),[-\u2013\u2014](?!\d)", ""), (r"\bi\.v\.m\.", "in verband met"), (r"\bt\.o\.v\.", "ten opzichte van"),
        (r"\bnr\. ?(?=\d)", "nummer "), (r"\bbijv\.", "bijvoorbeeld"), (r"\benz\.", "enzovoort"), (r"\bdhr\.", "de heer"),
        (r"\bmevr\.", "mevrouw"), (r"\bblz\. ?(?=\d)", "bladzijde "), (r"\bo\.a\.", "onder andere"), (r"\bd\.w\.z\.", "dat wil zeggen"),
        (r"\bart\. ?(?=\d)", "artikel "),
    ),
    "sv": (
        (r"\bS\. ?(?=\d)", "Sidan "), (r"\b([Kk])ap\. ?(?=\d)", r"\1apitel "), (r"\bfr\. ?o\. ?m\.", "från och med"), (r"\bt\. ?o\. ?m\.", "till och med"), (r"\bm\. ?m\.", "med mera"), (r"\bosv\.", "och så vidare"),
        (r"(?<=[a-zåäö])g\. ?(?=\d)", "gatan "), (r"(?<=\d) ?st\b\.", " stycken."), (r"(?<=\d) ?mkr\b", " miljoner kronor"), (r"(?<=\d) ?md[rk]r?(?: kr)?\b", " miljarder kronor"), (r"(?<=\d) ?tkr\b", " tusen kronor"),
        (r"(?<=\d):-", " kronor"), (r"\bDr\.?(?= [A-ZÅÄÖ])", "Doktor"), (r"\b([Pp])rof\.(?= )", r"\1rofessor"), (r"\b(miljon(?:er)?|miljard(?:er)?) kr\b\.?", r"\1 kronor"), (r"\bkl (?=\d)", "klockan "),
        (r"\bnr\.? ?(?=\d)", "nummer "), (r"\bt\. ?ex\.", "till exempel"), (r"\bs\. ?(?=\d)", "sidan "), (r"\bbl\. ?a\.", "bland annat"),
        (r"(?<=\d) ?kr\b\.?", " kronor"), (r"\bkl\. ?(\d{1,2})\.(\d\d)\b", r"klockan \1:\2"), (r"\bkl\. ?(?=\d)", "klockan "),
    ),
    "no": (
        (r"\bnr\. ?(?=\d)", "nummer "), (r"\bf\. ?eks\.", "for eksempel"), (r"\bs\. ?(?=\d)", "side "), (r"\bbl\. ?a\.", "blant annet"),
        (r"(?<=\d) ?kr\b\.?", " kroner"), (r"\bkl\. ?(\d{1,2})\.(\d\d)\b", r"klokka \1:\2"), (r"\bkl\. ?(?=\d)", "klokka "), (r"\bkr\.? ?(\d+(?: \d{3})*(?:,\d+)?)", r"\1 kroner"),
    ),
    "fi": ((r"\besim\.", "esimerkiksi"), (r"\bnro ?(?=\d)", "numero "), (r"\bs\. ?(?=\d)", "sivu "), (r"\bjne\.", "ja niin edelleen")),
    "pl": (
        (r"\b([Ss])tr\. ?(?=\d)", r"\1trona "), (r"\b([Aa])rt\. ?(?=\d)", r"\1rtykuł "), (r"\b([Rr])ozdz\. ?(?=[\dIVX])", r"\1ozdział "), (r"\bal\.(?= [A-ZŁŚŻ])", "aleja"), (r"\bpl\.(?= [A-ZŁŚŻ])", "plac"),
        (r"\bprof\.(?= )", "profesor"), (r"\bdr(?= [A-ZŁŚŻ])", "doktor"), (r"\bm\. ?in\.", "między innymi"), (r"\bok\. ?(?=\d)", "około "), (r"(?<=\d) ?tys\.", " tysięcy"), (r"\btys\.", "tysięcy"),
        (r"(?<=\d{4}) r\.", " roku"), (r"(?<=[IVX]) w\.", " wieku"), (r"\bo (\d{1,2})\.([0-5]\d)\b", r"o \1:\2"), (r" & ", " i "),
        (r"\bnp\.", "na przykład"), (r"\bnr ?(?=\d)", "numer "), (r"\bul\.(?= [A-ZŁŚŻ])", "ulica"), (r"\bitd\.", "i tak dalej"),
        (r"\btzn\.", "to znaczy"), (r"\bs\. ?(?=\d)", "strona "), (r"\bzł\b", "złotych"), (r"\bo godz\. ?(?=\d)", "o godzinie "), (r"\bgodz\. ?(?=\d)", "godzina "),
    ),
    "tr": (
        (r"\bProf\.(?= )", "Profesör"), (r"\bAv\.(?= [A-ZÇĞİÖŞÜ])", "Avukat"), (r"\bCad\.", "Caddesi"), (r"\bSok\.", "Sokak"), (r"\bvs\.", "vesaire"), (r"\bM\. ?Ö\.", "milattan önce"), (r"\bM\. ?S\.", "milattan sonra"),
        (r"\bs\. ?(?=\d)", "sayfa "), (r"(?<=\d) ?TL\b", " ₺"), (r"\b(milyon|milyar|bin) TL\b", r"\1 lira"),
        (r"\bvb\.", "ve benzeri"), (r"\bör\.", "örneğin"), (r"\bDr\.(?= [A-Z])", "Doktor"), (r"\bNo:? ?(?=\d)", "numara "),
    ),
    "ru": (
        (r"\bГ-н\b", "Господин"), (r"\bг-н\b", "господин"), (r"\bГ-жа\b", "Госпожа"), (r"\bг-жа\b", "госпожа"), (r"\b([Дд])-р\b", r"\1октор"), (r"\b([Пп])роф\.(?= )", r"\1рофессор"),
        (r"\bСтр\. ?(?=\d)", "Страница "), (r"\b([Сс])т\. ?(?=\d)", r"\1татья "), (r"\b([Гг])л\. ?(?=[\dIVX])", r"\1лава "), (r"\bп\. ?(?=\d)", "пункт "), (r"(?<=\d) ?р\.(?= |$|,)", " ₽"), (r"(?<=\d) ?руб\b\.?", " ₽"),
        (r"\b([ВвКк]о? \d{4})\s?г\.", r"\1 году"), (r"\bим\.(?= )", "имени"), (r"\bпр\.(?= [А-Я])", "проспект"), (r" & ", " и "),
        (r"\bт\. ?е\.", "то есть"), (r"\bт\. ?д\.", "так далее"), (r"\bт\. ?п\.", "тому подобное"), (r"\bул\.(?= )", "улица"),
        (r"\bг\.(?= [А-Я])", "город"), (r"(?<=\d)\s?гг\.", " годов"), (r"(?<=\d{4})\s?г\.", " года"), (r"\bстр\. ?(?=\d)", "страница "),
        (r"\bруб\.", "рублей"), (r"\bтыс\.", "тысяч"), (r"\bмлн\b\.?", "миллионов"), (r"\bмлрд\b\.?", "миллиардов"),
        (r"\bкв\. ?(?=\d)", "квартира "), (r"\bд\. ?(?=\d)", "дом "),
        (r"(?<=ые) гг\.", " годы"),
    ),
    "hi": (
        (r"(?<=\d) ?रु\.?(?![\u0900-\u097f])", " ₹"), (r"(?<!\w)पं\.", "पंडित"), (r"(?<!\w)श्री\.", "श्री"), (r"(?<=[\d½]) ?कि\.? ?मी\.?(?![\u0900-\u097f])", " किलोमीटर"), (r"(?<=[\d½]) ?कि\.? ?ग्रा\.?(?![\u0900-\u097f])", " किलोग्राम"),
        (r"(?<=\d) ?से\.? ?मी\.?(?![\u0900-\u097f])", " सेंटीमीटर"), (r"/(?=घंट|दिन|माह|महीन|वर्ष|व्यक्ति)", " प्रति "), (r"\b(20\d\d|19\d\d)-(\d\d)(?![\d-])", r"\1 \2"),
        (r"(?<!\w)रु\.? ?(?=\d)", "रुपये "), (r"(?<!\w)डॉ\.(?= )", "डॉक्टर"), (r"(?<!\w)प्रो\.", "प्रोफ़ेसर"),
        (r"(?<=\d)/-", ""), (r"\b(\d{1,2})\.([0-5]\d)(?= ?बजे)", r"\1:\2"), (r"(?<!\w)नं\. ?(?=\d)", "नंबर "),
    ),
    "mr": (
        (r"(?<!\w)श्री\.", "श्री"), (r"(?<=[\d½]) ?कि\.? ?मी\.?(?![\u0900-\u097f])", " किलोमीटर"), (r"(?<=[\d½]) ?कि\.? ?ग्रॅ?\.?(?![\u0900-\u097f])", " किलोग्रॅम"), (r"\b1(?=ल[ालीे](?![\u0900-\u097f]))", "पहि"),
        (r"\b2(?=र[ाीे](?![\u0900-\u097f]))", "दुस"), (r"\b3(?=र[ाीे](?![\u0900-\u097f]))", "तिस"), (r"\b4थ(?=[ाीे](?![\u0900-\u097f]))", "चौथ"), (r"\b(20\d\d|19\d\d)-(\d\d)(?![\d-])", r"\1 \2"),
        (r"(?<!\w)रु\. ?(?=[\d०-९])", "रुपये "), (r"(?<!\w)डॉ\.(?= )", "डॉक्टर"), (r"(?<!\w)प्रा\.", "प्राध्यापक"), (r"(?<!\w)क्र\. ?(?=[\d०-९])", "क्रमांक "),
        (r"(?<=\d)/-", ""), (r"\b(\d{1,2})\.([0-5]\d)(?= ?वाज)", r"\1:\2"),
    ),
    "id": (
        (r"\bRp\.? ?(\d[\d.]*(?:,\d+)?)(?: (juta|miliar|ribu))?", r"\1 \2 rupiah"),
    ),
    "gu": (
        (r"(?<=\d)/-", ""), (r"(?<!\w)રૂ\.? ?(\d[\d,.]*\d|\d)", r"\1 રૂપિયા"), (r"\b(\d{1,2})\.([0-5]\d)(?= ?વાગ)", r"\1:\2"),
    ),
    "te": (
        (r"(?<=\d)/-", ""), (r"(?<!\w)రూ\.? ?(\d[\d,.]*\d|\d)", r"\1 రూపాయలు"),
    ),
    "kn": (
        (r"(?<=\d)/-", ""), (r"(?<!\w)ರೂ\.? ?(\d[\d,.]*\d|\d)", r"\1 ರೂಪಾಯಿ"),
    ),
    "ml": (
        (r"(?<=\d)/-", ""), (r"(?<!\w)രൂ\.? ?(\d[\d,.]*\d|\d)", r"\1 രൂപ"),
    ),
    "pa": (
        (r"(?<=\d)/-", ""), (r"(?<!\w)ਰੁ\.? ?(\d[\d,.]*\d|\d)", r"\1 ਰੁਪਏ"), (r"\b(\d{1,2})\.([0-5]\d)(?= ?ਵਜੇ)", r"\1:\2"),
    ),
    "ta": (
        (r"(?<!\w)ரூ\.? ?(\d[\d,.]*\d|\d) (கோடி|லட்சம்|ஆயிரம்)", r"\1 \2 ரூபாய்"), (r"(?<=\d) ?கி\. ?மீ\.?", " கிலோமீட்டர்"), (r"(?<=\d) ?கி\. ?கி\.?", " கிலோகிராம்"), (r"(?<!\w)ப\. ?(?=\d)", "பக்கம் "), (r"(?<!\w)எண்\. ?(?=\d)", "எண் "),
        (r"(?<!\w)திரு\.", "திரு"),
        (r"(?<=\d)/-", ""), (r"(?<!\w)ரூ\.? ?(\d[\d,.]*\d|\d)", r"\1 ரூபாய்"),
    ),
    "bn": (
        (r"(?<!\w)ডা\.", "ডাক্তার"), (r"(?<!\w)ড\.", "ডক্টর"), (r"(?<!\w)মো\.", "মোহাম্মদ"), (r"(?<!\w)নং ?(?=\d)", "নম্বর "), (r"(?<=\d) ?কি\.? ?মি\.?(?![\u0980-\u09ff])", " কিলোমিটার"), (r"(?<=\d) ?কেজি(?![\u0980-\u09ff])", " কিলোগ্রাম"),
        (r"\b1ম(?![\u0980-\u09ff])", "প্রথম"), (r"\b2(?:য়|\u09df)(?![\u0980-\u09ff])", "দ্বিতীয়"), (r"\b3(?:য়|\u09df)(?![\u0980-\u09ff])", "তৃতীয়"), (r"\b4র্থ", "চতুর্থ"), (r"\b5ম(?![\u0980-\u09ff])", "পঞ্চম"), (r"\b6ষ্ঠ", "ষষ্ঠ"),
        (r"\b7ম(?![\u0980-\u09ff])", "সপ্তম"), (r"\b8ম(?![\u0980-\u09ff])", "অষ্টম"), (r"\b9ম(?![\u0980-\u09ff])", "নবম"), (r"\b10ম(?![\u0980-\u09ff])", "দশম"),
        (r"(?<=\d)/-", ""),
    ),
    "ja": ((r"(?<=[\d%])\s?[~\uff5e]\s?(?=\d)", "から"),),
    "ar": (
        (r"٪", "%"), (r"(?<=\d)٫(?=\d)", "."), (r"(?<=\d)[٬](?=\d{3})", ""), (r"(?<!\w)د\.(?= )", "دكتور"), (r"(?<!\w)أ\.(?= )", "أستاذ"), (r"(?<!\w)م\.(?= )", "مهندس"), (r"(?<!\w)ص\. ?(?=\d)", "صفحة "),
        (r"(?<=\d) ?ر\. ?س\.?", " ريال سعودي"), (r"(?<=\d) ?د\. ?إ\.?", " درهم إماراتي"), (r"(?<=\d) ?ج\. ?م\.?", " جنيه مصري"),
    ),
    "zh": (
        (r"(?<=[\d%])\s?[~\uff5e]\s?(?=\d)", "到"),
        (r"时速 ?(?=\d[\d.]*\s?km/h)", ""), (r"(?<![\d:])(\d{1,2}):00(?![\d:])", r"\1点"), (r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])", r"\1点\2分"), (r"(?<=\d)\s?[~\uff5e\u2013\u2014-](?=\d+(?:\.\d+)?(?:年|月|日|页|岁|人|元|万|亿|米|公里|千克|分|度|点|km|kg|m|g|%|°))", "到"),
        (r"\b(\d{4})/(\d{1,2})/(\d{1,2})\b", r"\1年\2月\3日"),
    ),
    "ko": (
        (r"(?<=[\d%])\s?[~\uff5e]\s?(?=\d)", "에서 "),
        (r"시속 ?(?=\d[\d.]*\s?km/h)", ""), (r"\b(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\b\.?", r"\1년 \2월 \3일"), (r"(?<=\d)\s?[~\uff5e\u2013-]\s?(?=\d+(?:\.\d+)?(?:년|월|일|쪽|명|세|원|km|kg|m|g|%|°|도|시|분))", "에서 "),
    ),
}  # fmt: skip # a table
