"""Sentence ends: of every kind that texts have, the same whole, word by word and letter by letter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cuts import cut, places, singles, words_of

from lightning_cli.text import boundaries
from lightning_cli.text.boundaries import End, LineState, find_ends, inner_ends, starts_lower
from lightning_cli.text.segmenter import Segment, Segmenter, segments_of, sentences_of

# Language, and the text with a bar where a sentence ends.
ENGLISH = """
Hello World. | My name is Jonas.
My name is Jonas E. Smith.
Were Jane and co. at the party?
Let's ask Jane and co. | They should know.
They closed the deal with Pitt, Briggs & Co. | It closed yesterday.
I can see Mt. Fuji from here.
St. Michael's Church is on 5th st. near the light.
That is JFK Jr.'s book.
I visited the U.S.A. last year.
I live in the E.U. | How about you?
I work for the U.S. Government in Virginia.
The U.S. President spoke to the press.
Dr. Smith arrived at 5 p.m. Monday.
See Fig. 3 for the whole of the result.
She has $100.00 in her bag.
She has $100.00. | It is in her bag.
He teaches science (He previously worked for 5 years as an engineer.) at the local University.
Her email is Jane.Doe@example.com. | I sent her an email.
She turned to him, 'This is great.' she said.
She turned to him, "This is great." she said.
She turned to him, "This is great." | She held the book out to show him.
"How many? I don't know." | Then she left.
Hello!! | Long time no see.
Hello?! | Is that you?
You can find it at N°. 1026.253.553. | That is where the treasure is.
She works at Yahoo! in the accounting department.
Yahoo! Mail has the best spam filter.
We make a good team, you and I. | Did you see Albert I. Jones yesterday?
"Bohr [...] used the analogy of parallel stairways [...]" (Smith 55).
I never meant that.... | She left the store.
The thing is . . . I didn't mean it.
Hydrogen is a gas. [1] | It is colorless.
1. The first item | 2. The second item | 3. The third one
1) The first item. | 2) The second item.
a. The first item | b. The second item
We need: 1. Eggs 2. Milk 3. Bread. | Then we go home and cook.
He works at Yahoo! and she works at Jeopardy! in the same old city.
The 27" monitor is good. | It has 4K. | The 32" one is better.
He looked at the old house ( now empty ) and left.
It weighs a lot (approx. 12 kg) and so it is hard to carry it far.
hello there. | how are you? | fine.
He bought an iPod. | iPhones were too dear.
He said no. | Then he left.
It is version 2. | Nobody knows 3.1 yet.
"""
CASES = [
    # Behind a word that is also short for what is numbered, an I alone begins a sentence.
    ("en", "That is a no. | I said so."),
    ("en", "He sat. | I left."),
    ("en", "He likes art. | I do not."),
    ("en", "Read vol. I now."),
    ("en", "See no. IV there."),
    ("en", "See no. 5 there."),
    ("en", "See art. II there."),
    # A list or a measure closes the sentence before any capital; so does an hour, unless a day or a zone follows.
    ("en", "They sell flour, rice, etc. | Marie bakes."),
    ("en", "They sell flour, rice, etc. and more."),
    ("de", "Es gibt Mehl, Reis usw. | Marie backt."),
    ("es", "Vende pan, vino, etc. | María cocina."),
    ("en", "It weighs 80 kg. | Marie lifts it."),
    ("en", "The shop closes at 6 p.m. | Customers must leave."),
    ("en", "At 5 a.m. Mrs. Brown woke. | She slept until 9 A.M. | Mr. Brown did not."),
    ("en", "It leaves at 5 p.m. Eastern and we take the 9 p.m. Berlin flight."),
    ("en", "We met at 10 a.m. | Monday's plan was dropped."),
    # Letters are names of things at the end as well, and initials where one follows.
    ("en", "Take a bounded set S. | The rest is it."),
    ("en", "It lies at 40.7° N, 74.0° W. | Server B is in Rome."),
    ("en", "It came from Dr. I. P. Snow and a B. & O. spokesman."),
    ("en", "That was bad for Ma. | She'd found it by luck."),
    ("en", "That is my cat. | I like it."),
    ("en", "It was nice. | i liked it."),
    ("pl", "Było miło. i tak dalej."),
    # Numbers begin sentences, whether or not a stop makes ordinals of them.
    ("de", "Er starb in Köln. | 2015 wurde das Haus verkauft. | Am 3. Mai kam er."),
    ("de", "Es war spät. | 3 Leute kamen noch. | Siehe Abb. 3 und Kap. 12 dazu."),
    ("da", "Han boede i Ribe. | 2015 blev huset solgt."),
    ("fi", "Hän asui Turussa. | 2015 talo myytiin."),
    ("cs", "Bydlel v Brně. | 2015 dům prodal."),
    ("ru", "Он родился в 1799 г. | Умер в 1837 г. | Летом 1812 г. Наполеон вошёл в г. Смоленск."),
    # The items of lists, and the numbers of notes.
    ("en", "It all fits me. | 1. The first is this."),
    ("en", "1.) The first one | 2.) The second one | 1.) The first again."),
    ("en", "She went to town. | a) milk | b) eggs"),
    ("en", "No, they go here. | [z] Last of all. | (vii) And the rest, too."),
    ("cs", "Sloup má 45 m. | Voda teče."),
    ("en", "It gives us less doubt in talks.11 12 | Take the first."),
    ("en", "We call it slow (type 2).10 | This model is old."),
    ("en", "See Fig.10 Above it is all."),
    # Marks between brackets are left out of what is said; brackets stand in brackets.
    ("de", "Das ist eine (!) Wahl, sagt er (?) Peter."),
    ("ja", "これは(!)新しい文です。"),
    ("fr", "Je suis (...) Marie."),
    ("en", "He said so (twice (or more!) A day) and left. | She stayed."),
    ("he", "הם שילמו 24 (עשרים וארבעה !) שקלים. | זה הרבה."),
    # Notes in small figures, measures of one letter, abbreviations of plurals.
    ("de", "Das ist ein Satz.¹ | Noch einer.² | Ende."),
    ("pl", "Kolumna ma 45 m. | Woda płynie 2 m/s. | Dobrze."),
    ("es", "Hay de 1 g. | Vienen en cajas. | Los JJ. OO. de Tokio."),
    ("es", "Me voy a EE. UU. | Buen viaje."),
    ("ro", "Are mere, pere, ș.a.m.d. | În schimb nu are alune. | Legea nr. 5."),
    ("da", "Han besøgte Chr. IV på slottet."),
    ("pl", "To jest zmienna A. | Zaś to jest B."),
    # Ordinary words and acronyms that the library takes for abbreviations; names of files and hosts.
    ("it", "Così si comprime un file. | Tra questi c'è uno solo. | Ho un PC. | All'inizio va bene."),
    ("it", "Siamo andati di là. | Lo dice lui. | Il sig. Rossi no."),
    ("es", "Me gusta el auto. | María va bien. | Pedro también."),
    ("nl", "Hij doet het met de hand. | Pieter ook. | Zie blz. 3 van dr. Jansen."),
    ("sv", "Kortet sitter i. | Programmet är bra. | Han kom med. | Lisa bjöd t.ex. Kalle."),
    ("da", "Han gik med. | Peter blev der i. | Lise så f.eks. Karl."),
    ("nb", "Det er det vi gjør bruk av. | Profilen er god. | De sendes ut. | Per får den."),
    ("no", "Det er f.eks. Oslo. | Prisen er 0. | Varen er gratis."),
    ("vi", "Có thư mục con. | Ví dụ là đây."),
    ("ru", "Это я. | Пётр пришёл и др. | Полный список там."),
    ("pl", "Mam 100 zł. | Profesor też."),
    ("es", "Está en el sitio webmin.com. | Contratan gente."),
    ("en", "It is kept in /etc/openvpn/dh.pem. | Client keys are too."),
    ("ru", "Сделай это, etc. | Маша ждёт."),
    # Numbers behind short forms are not ordinals; what a short form is may hang on its place.
    ("da", "Toget går kl. 8. | Fru Hansen kører."),
    ("de", "Sie wohnt in der Goethestr. 5. | Kommst du? | Die Nr. 1. | Peter folgt."),
    ("en", "Dr. No met Dr. Who in Elm Dr. | The street is on Main St. | The rest is not."),
    ("en", "P.S. I love you. | We need no P.S. | It is late."),
    ("en", "It was shown by Poe et al. | The rest is new (Ray et al. 2004)."),
    ("en", "He joined the fire dept. | He liked it. | We open on Mon. | They do not."),
    ("en", "The winner of them all is the first version with a number of\n990. | So it stays where it was."),
    (
        "en",
        "- a longer item that goes on and on until the line is full of\n  words and then goes on for a long time|\n- b",
    ),
    ("ru", "Были книги и т. п. | Пушкин был поэт, и т. д. | Его знали."),
    ("ja", "「はい。」|「いいえ。」|彼は言った。"),
    # Signs of keyboards: dashes, back quotes, faces.
    ("en", "Mix it, heat it, and -- voila! -- you have cake."),
    ("en", "It was cold. | `Who is there?` | The door was open."),
    ("en", "Nice work! 😀 | Next step."),
    *(("en", line) for line in ENGLISH.strip().splitlines()),
    ("en", "He got a B. | She had vitamin C. | Plan B. | We met J. K. Rowling."),
    ("de", "Die Burg stammt aus dem 1. -3. Jahrhundert nach Christus. | Sie steht noch."),
    ("ru", "Писатель А. И. Семенов пришёл. | И он сел."),
    ("es", "Está en el N°. 15 de la calle. | Venga."),
    ("fr", "C'est l'art. 5 du code. | Lisez-le."),
    ("fr", "Il insiste sur « deux piliers : la prière et le travail » pour la vie commune."),
    ("fr", "La commission a entendu M. Dupont hier soir. | Il dit : « Non ! » | Elle part."),
    ("de", "„Lass uns jetzt essen gehen!“, sagte die Mutter zu ihrer Freundin, „am besten zum Italiener.“"),
    ("de", "Dies sind Fische (z.B. Hai, Thunfisch und Aal), die man selten essen sollte, sagt der Arzt."),
    ("de", "Am 3. Oktober war der 2. Weltkrieg vorbei. | Ludwig XIV. Regierte lange."),
    ("de", "Er wurde 3. | Das war gut."),
    ("es", "Es un queso de pasta no cocida, prensada o no. | El restaurante es bueno."),
    ("zh", "他走了。|2007年他回来了。|3个人来了。|他问：“好吗？”|我说好！"),
    ("ja", "「もう行こう。」と彼は言った。|そして行った。"),
    ("hi", "हम सब लोग यह जानते हैं कि वहाँ डॉ. शर्मा और प्रो.वर्मा ३.५ किलो १०.३० बजे लाए। | फिर गए।"),
    ("ar", "الوزن ١٢.٥٠ كيلو. | هل هذا صحيح؟ | نعم."),
    ("bn", "দাম ১,২৫০.৫০ টাকা। | এটা ভালো।"),
    ("el", "Η Α.Ε. Παπάς ήρθε. | Πού ήσουν; | Ήμουν εδώ."),
    ("ru", "А. С. Пушкин жил в г. Москве и т. д. до конца. | Он писал."),
    ("ru", "— Привет! — сказал он. | — Как дела?"),
    ("tr", "19. Yüzyıl bitti. | Bu iyi."),
    ("hy", "Բարև ձեզ: | Ես ապրում եմ Երևանում: | Ժամը 10:30 է...: | Գնանք։"),
    ("es", 'Escribió: "Canto a la vida. Vivo. / [...] ". | Luego se fue.'),
    ("es", "—¿Quién es? —preguntó. | Nadie respondió."),
    ("he", 'זה עולה 3.5 ש"ח. | האם אתה יודע? | כן!'),
    ("de", "Die Fa. Müller GmbH & Co. KG ist pleite. | Schade."),
]
LINES = [
    ("Name: Bob\nPhone: 123\nCity: Rome", 3),
    ("eggs\nmilk\nbread and butter", 3),
    ("Roses are red,\nViolets are blue,\nSugar is sweet.", 3),
    ("12 Main Street\nSpringfield\nIL 62701", 3),
    ("- eggs\n- milk from the farm", 2),
    (
        "Nov 30 21:10:54 host systemd[1]: Started the daily clean-up of all the files\nNov 30 21:10:55 host x: y",
        2,
    ),
    ("He walked down the street and into the park where he met\nBob and the others, who had waited for an hour", 1),
    ("You see, it is\nquite simple and so on", 1),
    ("これは父の\n家です。", 1),
    ("りんごを三つと青いみかんを五つと大きなぶどう\n牛乳を二本とおいしいパンを四つと卵を十個まで", 2),
    # Wrapped lines that begin as items, labels or their neighbours do, by chance.
    ("A disk array gives more safety - and so a system that lasts\n- and that is why it is used here", 1),
    ("You need all of these to build the program and to run it here:\n- git and make\n- a compiler", 3),
    ("What is behind it is told in the documents of the library.\n- see there", 2),
    ("They name the package in the line of the file that is called\nProvides: so that others can find it", 1),
    ("Debian packages have a manual page that is written by one of the\nDebian developers who keep it", 1),
    ("INFO read the first of all the files that were given to it by me\nINFO done", 2),
    ("The course is held here by the School of \nArt this year", 1),
    ("The course is held by the Department of \nIndustrial Design this year", 1),
    ("a word that is hyph-\nEnated", 1),
]


def fed(pieces: list[str], language: str) -> list[Segment]:
    """Feed pieces as a writer would."""
    segmenter = Segmenter(language=language)
    return [segment for piece in pieces for segment in segmenter.feed(piece)] + segmenter.finish()


def spoken(segments: list[Segment]) -> list[str]:
    """Return what is sent."""
    return [segment.spoken for segment in segments]


@pytest.mark.parametrize(("language", "marked"), CASES)
def test_ends(language: str, marked: str) -> None:
    """Cut where the bars are, whole and live."""
    expected = [" ".join(part.split()) for part in marked.split("|")]
    text = marked.replace(" | ", " ").replace("|", "")
    assert spoken(segments_of(text, language=language)) == expected
    assert spoken(fed(words_of(text), language)) == expected
    assert spoken(fed(singles(text), language)) == expected


@pytest.mark.parametrize(("text", "count"), LINES)
def test_lines(text: str, count: int) -> None:
    """End a sentence with a line that was meant as one, and with none that is wrapped; whole and live."""
    lines = [" ".join(line.split()) for line in text.split("\n")] if count > 1 else [" ".join(text.split())]
    assert spoken(segments_of(text)) == lines
    assert spoken(fed(singles(text), "en")) == lines


def test_wrapped_lines_end_nothing() -> None:
    """A line end of hard-wrapped prose ends no sentence, whatever begins the next line."""
    words = ("The old House stood by the River and Bob saw it " * 40).split()
    lines, line = [], ""
    for word in words:
        if len(line) + 1 + len(word) > 72:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    text = "\n".join([*lines, line])
    assert [end.at for end in find_ends(text, "en")] == []


def test_a_long_wrapped_sentence_is_cut_the_same_live() -> None:
    """Remember how wide the lines are when the beginning of a sentence has gone."""
    lines = ["and the old house stood by the river, where a man saw all of it,"] * 30
    text = "\n".join([*lines[:16], "and he said:", *(line.replace("and", "And", 1) for line in lines[:9])]) + "."
    assert spoken(fed(words_of(text), "en")) == spoken(segments_of(text))


OPEN_QUOTE = (
    "Anna, in some wonder, did so, and after "
    + "a few more moments of silence and of thought " * 4
    + 'was on the point of asking, when her friend, by saying, "Stop now! '
    + "Let us go on with the long old story of the house and all who lived in it " * 5
    + 'and be glad."'
)
LONG_BEFORE = (
    "She had hoped for "
    + "a good deal more of care and of kind words, " * 12
    + 'than she found in what they said: "So where are you to live, and who will go?" and this, without '
    + "much waiting, or any wish to hear a word, " * 5
    + 'or in what another said, "I hope we do go; none of your small rooms!" or what came last, from the other side of'
    " the room. It was late."
)


@pytest.mark.parametrize("text", [OPEN_QUOTE, LONG_BEFORE])
def test_long_sentences_are_cut_the_same_live(text: str) -> None:
    """Wait for an end that an open quote may hide, and remember how the sentence began."""
    assert spoken(fed(words_of(text), "en")) == spoken(segments_of(text))


PARTS = [
    *'Hello there. |He said: "Stop it. |Now!" |(yes. |No.) |Mr. Bob |3.5 |1. |2) |e.g. |etc. |U.S. |'.split("|"),
    *"... |said he, |…|It's |“Well.” |‘No.’ |« Oui. » |„Ja.“ |你好。|好！|नमस्ते। |डॉ. |".split("|"),
    *("\n", "\n\n", "Name: ", "- a\n", "word ", "Word ", "WORD\n", "x" * 30 + " ", '"', "(", "»", "'", ";", ":) "),
]


@settings(deadline=None, max_examples=400)
@given(
    parts=st.lists(st.sampled_from(PARTS), max_size=40),
    where=places,
    language=st.sampled_from(["en", "de", "fr", "hi", "zh", "el"]),
)
def test_pace_changes_nothing(parts: list[str], where: list[int], language: str) -> None:
    """Cut the same segments at every pace, save for white space, which may go with either side."""
    text = "".join(parts)
    whole = [(segment.spoken, segment.boundary) for segment in segments_of(text, language=language) if segment.spoken]
    for pieces in (cut(text, where), singles(text)):
        live = [(segment.spoken, segment.boundary) for segment in fed(pieces, language) if segment.spoken]
        assert live == whole


def test_certain_ends_stay() -> None:
    """Call no end certain that more text takes back."""
    text = 'He said: "Wait. I come." Then (see p. 5) he left. She met Dr. Smith. Bob: yes'
    final = [end.at for end in find_ends(text, "en")]
    for length in range(len(text)):
        certain = [end.at for end in find_ends(text[:length], "en") if end.certain]
        assert certain == final[: len(certain)]


def test_inner_ends() -> None:
    """Find the sentence ends that quotes and brackets hide."""
    text = '"One is here. Two is here (as is Three. And four)." he said'
    assert [text[:at].rstrip()[-5:] for at in inner_ends(text, "en")] == ["here.", "hree."]


def test_lines_go_on() -> None:
    """Hand on what was seen of the lines, so that a text that is cut in two is judged as one."""
    end = End(6, certain=True, lines=LineState(longest=4), line_start=3)
    assert end.lines_from("abc\nde fg") == LineState(longest=4, head="\nde", length=3)


@pytest.mark.parametrize(
    ("text", "lower"), [("... and", True), ("5 And", False), ("iPhone", False), ("", False), ("...", False)]
)
def test_starts_lower(text: str, *, lower: bool) -> None:
    """Look at the first letter or digit; names such as iPhone say nothing."""
    assert starts_lower(text) == lower


def test_brackets_without_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of brackets alone takes time that grows with it: so many are open at most."""
    most = 0
    closed_by = boundaries._opener_closed_by

    def counted(text: str, mark: str, at: int, opened: dict[str, int]) -> str | None:
        nonlocal most
        most = max(most, len(opened))
        return closed_by(text, mark, at, opened)

    monkeypatch.setattr(boundaries, "_opener_closed_by", counted)
    assert "".join(sentences_of("([{" * 300)) == "([{" * 300
    assert 0 < most < 40
