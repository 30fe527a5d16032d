"""What a formula is read with, language by language: a table of phrases, and signs where a language has no column.

In a phrase ``{}`` is the place of what belongs to it; a blank cell says nothing. The signs are left to the voice, which
has its own words for them or those of the offline engine.
"""

from functools import cache

_TABLE = """
en|de|fr|es|it|pt|nl|sv|pl|ru|hi|mr|signs
plus|plus|plus|más|più|mais|plus|plus|plus|плюс|प्लस|अधिक|+
minus|minus|moins|menos|meno|menos|min|minus|minus|минус|माइनस|वजा|\u2212
times|mal|fois|por|per|vezes|keer|gånger|razy|умножить на|गुणा|गुणिले|×
divided by|geteilt durch|divisé par|entre|diviso|dividido por|gedeeld door|delat med|podzielić przez|разделить на|भागा|भागिले|÷
over|durch|sur|sobre|fratto|sobre|gedeeld door|genom|przez|делить на|बटा|भागिले|/
equals|gleich|égale|igual a|uguale a|igual a|is gelijk aan|lika med|równa się|равно|बराबर|बरोबर|=
plus or minus|plus minus|plus ou moins|más menos|più o meno|mais ou menos|plus of min|plus minus|plus minus|плюс-минус|प्लस माइनस|अधिक वजा|±
minus or plus|minus plus|moins ou plus|menos más|meno o più|menos ou mais|min of plus|minus plus|minus plus|минус-плюс|माइनस प्लस|वजा अधिक|∓
is less than|kleiner als|inférieur à|menor que|minore di|menor que|kleiner dan|mindre än|mniejsze niż|меньше|से कम|पेक्षा कमी|<
is greater than|größer als|supérieur à|mayor que|maggiore di|maior que|groter dan|större än|większe niż|больше|से अधिक|पेक्षा जास्त|>
is less than or equal to|kleiner gleich|inférieur ou égal à|menor o igual que|minore o uguale a|menor ou igual a|kleiner dan of gelijk aan|mindre än eller lika med|mniejsze lub równe|меньше или равно|से कम या बराबर|पेक्षा कमी किंवा समान|≤
is greater than or equal to|größer gleich|supérieur ou égal à|mayor o igual que|maggiore o uguale a|maior ou igual a|groter dan of gelijk aan|större än eller lika med|większe lub równe|больше или равно|से अधिक या बराबर|पेक्षा जास्त किंवा समान|≥
is not equal to|ungleich|différent de|distinto de|diverso da|diferente de|is niet gelijk aan|skilt från|nie równa się|не равно|के बराबर नहीं|च्या बरोबर नाही|≠
is approximately|ungefähr gleich|environ égal à|aproximadamente igual a|circa uguale a|aproximadamente igual a|is ongeveer|ungefär lika med|w przybliżeniu|приблизительно равно|लगभग बराबर|अंदाजे|≈
is equivalent to|kongruent zu|congru à|congruente con|congruente a|congruente a|is equivalent met|kongruent med|przystaje do|сравнимо с|के तुल्य|तुल्य|≡
is similar to|ähnlich zu|équivalent à|semejante a|simile a|semelhante a|is gelijkvormig met|likformig med|podobne do|подобно|के समान|सारखे|~
is proportional to|proportional zu|proportionnel à|proporcional a|proporzionale a|proporcional a|is evenredig met|proportionell mot|proporcjonalne do|пропорционально|के समानुपाती|समप्रमाणात|∝
is much less than|viel kleiner als|très inférieur à|mucho menor que|molto minore di|muito menor que|veel kleiner dan|mycket mindre än|dużo mniejsze niż|намного меньше|से बहुत कम|पेक्षा खूप कमी|≪
is much greater than|viel größer als|très supérieur à|mucho mayor que|molto maggiore di|muito maior que|veel groter dan|mycket större än|dużo większe niż|намного больше|से बहुत अधिक|पेक्षा खूप जास्त|≫
is perpendicular to|senkrecht zu|perpendiculaire à|perpendicular a|perpendicolare a|perpendicular a|staat loodrecht op|vinkelrät mot|prostopadłe do|перпендикулярно|के लंबवत|लंब|⊥
is parallel to|parallel zu|parallèle à|paralelo a|parallelo a|paralelo a|is evenwijdig met|parallell med|równoległe do|параллельно|के समानांतर|समांतर|∥
is a subset of|Teilmenge von|inclus dans|subconjunto de|sottoinsieme di|subconjunto de|is een deelverzameling van|delmängd av|zawiera się w|подмножество|का उपसमुच्चय|उपसंच|⊆
in|Element von|appartient à|pertenece a|appartiene a|pertence a|in|tillhör|należy do|принадлежит|में|मध्ये|∈
not in|nicht Element von|n'appartient pas à|no pertenece a|non appartiene a|não pertence a|niet in|tillhör inte|nie należy do|не принадлежит|में नहीं|मध्ये नाही|∉
union|vereinigt mit|union|unión|unione|união|verenigd met|union|suma|объединение|संघ|संयोग|∪
intersection|geschnitten mit|inter|intersección|intersezione|interseção|doorsnede|snitt|przecięcie|пересечение|प्रतिच्छेद|छेद|∩
without|ohne|privé de|menos|meno|menos|zonder|minus|bez|без|घटा|वजा|∖
the empty set|die leere Menge|l'ensemble vide|el conjunto vacío|l'insieme vuoto|o conjunto vazio|de lege verzameling|tomma mängden|zbiór pusty|пустое множество|रिक्त समुच्चय|रिक्त संच|∅
for all|für alle|pour tout|para todo|per ogni|para todo|voor alle|för alla|dla każdego|для всех|सभी के लिए|सर्वांसाठी|∀
there exists|es gibt|il existe|existe|esiste|existe|er bestaat|det finns|istnieje|существует|अस्तित्व है|अस्तित्वात आहे|∃
to|nach|vers|a|in|para|naar|till|do|в|से|ते|→
from|von|de|de|da|de|van|från|z|из|से|पासून|←
implies|folgt|implique|implica|implica|implica|impliceert|medför|implikuje|следует|का अर्थ है|म्हणजे|⇒
if and only if|genau dann wenn|si et seulement si|si y solo si|se e solo se|se e somente se|dan en slechts dan als|om och endast om|wtedy i tylko wtedy gdy|тогда и только тогда когда|यदि और केवल यदि|जर आणि फक्त जर|⇔
and|und|et|y|e|e|en|och|i|и|और|आणि|∧
or|oder|ou|o|o|ou|of|eller|lub|или|या|किंवा|∨
not|nicht|non|no|non|não|niet|inte|nie|не|नहीं|नाही|¬
if|falls|si|si|se|se|als|om|gdy|если|यदि|जर|,
given|gegeben|sachant|dado|dato|dado|gegeven|givet|pod warunkiem|при условии|दिया हुआ|दिले असता|∣
such that|mit|tel que|tal que|tale che|tal que|zodat|sådan att|takie że|такое что|जहाँ|जेथे|∣
the set|die Menge|l'ensemble|el conjunto|l'insieme|o conjunto|de verzameling|mängden|zbiór|множество|समुच्चय|संच|
and so on|und so weiter|et cetera|etcétera|eccetera|e assim por diante|enzovoort|och så vidare|i tak dalej|и так далее|आदि|इत्यादी|…
infinity|unendlich|l'infini|infinito|infinito|infinito|oneindig|oändligheten|nieskończoność|бесконечность|अनंत|अनंत|∞
therefore|also|donc|por lo tanto|quindi|portanto|dus|alltså|zatem|следовательно|इसलिए|म्हणून|∴
because|weil|car|porque|perché|porque|omdat|eftersom|ponieważ|потому что|क्योंकि|कारण|∵
percent|Prozent|pour cent|por ciento|per cento|por cento|procent|procent|procent|процентов|प्रतिशत|टक्के|%
degrees|Grad|degrés|grados|gradi|graus|graden|grader|stopni|градусов|डिग्री|अंश|°
degrees Celsius|Grad Celsius|degrés Celsius|grados Celsius|gradi Celsius|graus Celsius|graden Celsius|grader Celsius|stopni Celsjusza|градусов Цельсия|डिग्री सेल्सियस|अंश सेल्सिअस|°C
dollars|Dollar|dollars|dólares|dollari|dólares|dollar|dollar|dolarów|долларов|डॉलर|डॉलर|$
number|Nummer|numéro|número|numero|número|nummer|nummer|numer|номер|नंबर|क्रमांक|#
squared|Quadrat|au carré|al cuadrado|al quadrato|ao quadrado|kwadraat|i kvadrat|do kwadratu|в квадрате|का वर्ग|चा वर्ग|²
cubed|hoch drei|au cube|al cubo|al cubo|ao cubo|tot de derde|i kubik|do sześcianu|в кубе|का घन|चा घन|³
to the power {}|hoch {}|puissance {}|elevado a {}|elevato a {}|elevado a {}|tot de macht {}|upphöjt till {}|do potęgi {}|в степени {}|की घात {}|चा घात {}|^{}
sub {}|Index {}|indice {}|sub {}|con {}|índice {}|index {}|index {}|indeks {}|индекс {}|सब {}|सब {}|{}
star|Stern|étoile|asterisco|asterisco|asterisco|ster|stjärna|gwiazdka|звёздочка|स्टार|स्टार|*
prime|Strich|prime|prima|primo|linha|accent|prim|prim|штрих|प्राइम|प्राइम|\u2032
double prime|zwei Strich|seconde|segunda|secondo|duas linhas|dubbel accent|bis|bis|два штриха|डबल प्राइम|डबल प्राइम|\u2033
transpose|transponiert|transposée|transpuesta|trasposta|transposta|getransponeerd|transponat|transponowane|транспонированное|परिवर्त|परिवर्त|ᵀ
dagger|adjungiert|adjoint|adjunto|aggiunta|adjunto|dolk|adjungerad|sprzężenie|сопряжённое|डैगर|डॅगर|†
factorial|Fakultät|factorielle|factorial|fattoriale|fatorial|faculteit|fakultet|silnia|факториал|का फैक्टोरियल|फॅक्टोरियल|!
of|von|de|de|di|de|van|av||от|||
base {}|zur Basis {}|de base {}|en base {}|in base {}|na base {}|met grondtal {}|med basen {}|o podstawie {}|по основанию {}|आधार {}|पाया {}|{}
the square root of {}|Wurzel aus {}|racine carrée de {}|raíz cuadrada de {}|radice quadrata di {}|raiz quadrada de {}|de wortel van {}|roten ur {}|pierwiastek z {}|корень из {}|{} का वर्गमूल|{} चे वर्गमूळ|√{}
the cube root of {}|dritte Wurzel aus {}|racine cubique de {}|raíz cúbica de {}|radice cubica di {}|raiz cúbica de {}|de derdemachtswortel van {}|kubikroten ur {}|pierwiastek sześcienny z {}|кубический корень из {}|{} का घनमूल|{} चे घनमूळ|∛{}
the fourth root of {}|vierte Wurzel aus {}|racine quatrième de {}|raíz cuarta de {}|radice quarta di {}|raiz quarta de {}|de vierdemachtswortel van {}|fjärde roten ur {}|pierwiastek czwartego stopnia z {}|корень четвёртой степени из {}|{} का चौथा मूल|{} चे चौथे मूळ|∜{}
the {}th root of {}|die {}-te Wurzel aus {}|racine {}-ième de {}|raíz {}-ésima de {}|radice {}-esima di {}|raiz {}-ésima de {}|de {}-demachtswortel van {}|{}-te roten ur {}|pierwiastek stopnia {} z {}|корень степени {} из {}|{}वाँ मूल {}|{}वे मूळ {}|√{} {}
the absolute value of {}|Betrag von {}|valeur absolue de {}|valor absoluto de {}|valore assoluto di {}|valor absoluto de {}|de absolute waarde van {}|absolutbeloppet av {}|wartość bezwzględna {}|модуль {}|{} का निरपेक्ष मान|{} चे निरपेक्ष मूल्य||{}|
the norm of {}|Norm von {}|norme de {}|norma de {}|norma di {}|norma de {}|de norm van {}|normen av {}|norma {}|норма {}|{} का मानक|{} चे मानक|‖{}‖
the floor of|abgerundet|partie entière de|parte entera de|parte intera di|parte inteira de|naar beneden afgerond|golvet av|podłoga|целая часть|फ़्लोर|फ्लोअर|⌊
the ceiling of|aufgerundet|plafond de|techo de|tetto di|teto de|naar boven afgerond|taket av|sufit|потолок|सीलिंग|सीलिंग|⌈
the determinant of {}|Determinante von {}|déterminant de {}|determinante de {}|determinante di {}|determinante de {}|de determinant van {}|determinanten av {}|wyznacznik {}|определитель {}|सारणिक {}|निश्चयक {}|det {}
the matrix {}|die Matrix {}|la matrice {}|la matriz {}|la matrice {}|a matriz {}|de matrix {}|matrisen {}|macierz {}|матрица {}|आव्यूह {}|सारणी {}|{}
the sum|die Summe|la somme|la suma|la somma|a soma|de som|summan|suma|сумма|योग|बेरीज|∑
the product|das Produkt|le produit|el producto|il prodotto|o produto|het product|produkten|iloczyn|произведение|गुणनफल|गुणाकार|∏
the integral|das Integral|l'intégrale|la integral|l'integrale|a integral|de integraal|integralen|całka|интеграл|समाकल|समाकल|∫
the double integral|das Doppelintegral|l'intégrale double|la integral doble|l'integrale doppio|a integral dupla|de dubbele integraal|dubbelintegralen|całka podwójna|двойной интеграл|द्वि समाकल|दुहेरी समाकल|∬
the triple integral|das Dreifachintegral|l'intégrale triple|la integral triple|l'integrale triplo|a integral tripla|de drievoudige integraal|trippelintegralen|całka potrójna|тройной интеграл|त्रि समाकल|तिहेरी समाकल|∭
the contour integral|das Kurvenintegral|l'intégrale curviligne|la integral de línea|l'integrale di linea|a integral de linha|de lijnintegraal|kurvintegralen|całka krzywoliniowa|контурный интеграл|परिरेखा समाकल|परिरेषा समाकल|∮
the limit|der Grenzwert|la limite|el límite|il limite|o limite|de limiet|gränsvärdet|granica|предел|सीमा|सीमा|lim
the upper limit|der Limes superior|la limite supérieure|el límite superior|il limite superiore|o limite superior|de limes superior|övre gränsvärdet|granica górna|верхний предел|उच्च सीमा|वरची सीमा|lim sup
the lower limit|der Limes inferior|la limite inférieure|el límite inferior|il limite inferiore|o limite inferior|de limes inferior|undre gränsvärdet|granica dolna|нижний предел|निम्न सीमा|खालची सीमा|lim inf
from {}|von {}|de {}|desde {}|da {}|de {}|van {}|från {}|od {}|от {}|{} से|{} पासून|{}
up to {}|bis {}|à {}|hasta {}|a {}|até {}|tot {}|till {}|do {}|до {}|{} तक|{} पर्यंत|…{}
over {}|über {}|sur {}|sobre {}|su {}|sobre {}|over {}|över {}|po {}|по {}|{} पर|{} वर|{}
as {}|für {}|quand {}|cuando {}|per {}|quando {}|voor {}|då {}|przy {}|при {}|जब {}|जेव्हा {}|{}
goes to|gegen|tend vers|tiende a|che tende a|tende a|naar|går mot|dążącym do|стремящемся к|की ओर|कडे|→
the maximum|das Maximum|le maximum|el máximo|il massimo|o máximo|het maximum|maximum|maksimum|максимум|अधिकतम|कमाल|max
the minimum|das Minimum|le minimum|el mínimo|il minimo|o mínimo|het minimum|minimum|minimum|минимум|न्यूनतम|किमान|min
the supremum|das Supremum|la borne supérieure|el supremo|l'estremo superiore|o supremo|het supremum|supremum|supremum|супремум|उच्चक|उच्चक|sup
the infimum|das Infimum|la borne inférieure|el ínfimo|l'estremo inferiore|o ínfimo|het infimum|infimum|infimum|инфимум|निम्नक|निम्नक|inf
sine|Sinus|sinus|seno|seno|seno|sinus|sinus|sinus|синус|साइन|साइन|sin
cosine|Kosinus|cosinus|coseno|coseno|cosseno|cosinus|cosinus|cosinus|косинус|कोसाइन|कोसाइन|cos
tangent|Tangens|tangente|tangente|tangente|tangente|tangens|tangens|tangens|тангенс|टैंजेंट|टॅन्जंट|tan
log|Logarithmus|logarithme|logaritmo|logaritmo|logaritmo|logaritme|logaritmen|logarytm|логарифм|लॉग|लॉग|log
natural log|natürlicher Logarithmus|logarithme népérien|logaritmo natural|logaritmo naturale|logaritmo natural|natuurlijke logaritme|naturliga logaritmen|logarytm naturalny|натуральный логарифм|प्राकृतिक लॉग|नैसर्गिक लॉग|ln
arc sine|Arkussinus|arc sinus|arcoseno|arcoseno|arco seno|arcsinus|arcus sinus|arcus sinus|арксинус|आर्क साइन|आर्क साइन|arcsin
arc cosine|Arkuskosinus|arc cosinus|arcocoseno|arcocoseno|arco cosseno|arccosinus|arcus cosinus|arcus cosinus|арккосинус|आर्क कोसाइन|आर्क कोसाइन|arccos
arc tangent|Arkustangens|arc tangente|arcotangente|arcotangente|arco tangente|arctangens|arcus tangens|arcus tangens|арктангенс|आर्क टैंजेंट|आर्क टॅन्जंट|arctan
partial|partiell|d rond|parcial|parziale|parcial|partieel|partiell|cząstkowa|частная|आंशिक|आंशिक|∂
choose|über|parmi|sobre|su|sobre|boven|över|nad|по|में से|पैकी|,
composed with|verknüpft mit|rond|compuesto con|composto con|composto com|na|sammansatt med|złożone z|композиция|संयोजन|संयोग|∘
vector {}|Vektor {}|vecteur {}|vector {}|vettore {}|vetor {}|vector {}|vektor {}|wektor {}|вектор {}|सदिश {}|सदिश {}|{}
bar|quer|barre|barra|barrato|barra|streep|streck|z kreską|с чертой|बार|बार|
hat|Dach|chapeau|circunflejo|cappuccio|chapéu|dakje|tak|z daszkiem|с крышкой|हैट|हॅट|
tilde|Tilde|tilde|tilde|tilde|til|tilde|tilde|z tyldą|с тильдой|टिल्ड|टिल्ड|
dot|Punkt|point|punto|punto|ponto|punt|punkt|z kropką|с точкой|डॉट|डॉट|
double dot|zwei Punkt|deux points|dos puntos|due punti|dois pontos|twee punten|två punkter|z dwiema kropkami|с двумя точками|डबल डॉट|डबल डॉट|
in equilibrium with|im Gleichgewicht mit|en équilibre avec|en equilibrio con|in equilibrio con|em equilíbrio com|in evenwicht met|i jämvikt med|w równowadze z|в равновесии с|के साथ साम्य में|समतोलात|⇌
triangle|Dreieck|triangle|triángulo|triangolo|triângulo|driehoek|triangeln|trójkąt|треугольник|त्रिभुज|त्रिकोण|△
angle|Winkel|angle|ángulo|angolo|ângulo|hoek|vinkeln|kąt|угол|कोण|कोन|∠
one half|ein halb|un demi|un medio|un mezzo|um meio|een half|en halv|jedna druga|одна вторая|आधा|एक द्वितीयांश|½
one third|ein Drittel|un tiers|un tercio|un terzo|um terço|een derde|en tredjedel|jedna trzecia|одна третья|एक तिहाई|एक तृतीयांश|⅓
two thirds|zwei Drittel|deux tiers|dos tercios|due terzi|dois terços|twee derde|två tredjedelar|dwie trzecie|две третьих|दो तिहाई|दोन तृतीयांश|⅔
one quarter|ein Viertel|un quart|un cuarto|un quarto|um quarto|een kwart|en fjärdedel|jedna czwarta|одна четвёртая|चौथाई|एक चतुर्थांश|¼
three quarters|drei Viertel|trois quarts|tres cuartos|tre quarti|três quartos|drie kwart|tre fjärdedelar|trzy czwarte|три четвёртых|तीन चौथाई|तीन चतुर्थांश|¾
formula|Formel|formule|fórmula|formula|fórmula|formule|formel|wzór|формула|सूत्र|सूत्र|formula
"""
_GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega".split(),
        "αβγδεζηθικλμνξπρστυφχψω",
        strict=True,
    )
)
_GREEK |= {name.capitalize(): letter.upper() for name, letter in _GREEK.items()}
ENGLISH, SIGNS = "en", "signs"


@cache
def phrases_of(language: str | None) -> dict[str, str]:
    """Return what stands for each English phrase: nothing differs in English, where no language is known too."""
    code = (language or ENGLISH).split("-")[0]
    if code in {ENGLISH, "auto", "multi"}:
        return {}
    rows = [_cells(row) for row in _TABLE.strip().splitlines()]
    column = rows[0].index(code) if code in rows[0] else rows[0].index(SIGNS)
    greek = _GREEK if column == rows[0].index(SIGNS) else {}
    return {row[0]: row[column] for row in rows[1:]} | greek


def _cells(row: str) -> list[str]:
    """Part a row; the signs, which come last, may be bars themselves."""
    return row.split("|", 12)
