"""How hard a text is: counted by hand, easy against official words in seven languages, and what splitting must survive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.engines import reading

# The same two messages in each language: how a child is told, and how an authority says it.
EASY = {
    "en": "We have it. A person looks at it. Keep your code. Come back later. You did nothing wrong.",
    "mn": "Бид авсан. Хүн үүнийг үзнэ. Кодоо хадгал. Дараа дахин ир. Чи буруу юм хийгээгүй.",
    "fr": "Nous l’avons. Une personne le regarde. Garde ton code. Reviens plus tard. Tu n’as rien fait de mal.",
    "es": "Lo tenemos. Una persona lo mira. Guarda tu código. Vuelve más tarde. No hiciste nada malo.",
    "ar": "وصل إلينا. شخص ينظر فيه. احتفظ برمزك. عد بعد يوم. لم تفعل أي خطأ.",
    "ru": "Оно у нас. Его смотрит человек. Храни свой код. Приди потом ещё раз. Ты тут не при чём.",
    "zh": "我们收到了。有人会看。请记住号码。以后再来。你没有错。",
}
HARD = {
    "en": "Notifications submitted electronically undergo comprehensive assessment by appropriately qualified personnel, "
    "whereupon the substantiated determination shall be communicated through the designated confidential channel.",
    "mn": "Цахим хэлбэрээр ирүүлсэн мэдэгдлийг зохих мэргэшил бүхий ажилтнууд нэгдсэн журмын дагуу хянан шийдвэрлэж, "
    "үндэслэл бүхий шийдвэрийг тогтоосон нууцлалын шаардлага хангасан сувгаар мэдэгдэгчид албан ёсоор хүргүүлнэ.",
    "fr": "Les signalements transmis électroniquement font l’objet d’une évaluation approfondie par du personnel "
    "dûment qualifié, à l’issue de laquelle une décision motivée est communiquée par la voie confidentielle prévue.",
    "es": "Las notificaciones presentadas electrónicamente serán sometidas a una evaluación exhaustiva por personal "
    "debidamente cualificado, tras la cual se comunicará la resolución motivada mediante el procedimiento establecido.",
    "ar": "تخضع البلاغات المقدمة إلكترونيًا لعملية تقييم شاملة يجريها الموظفون المتخصصون المؤهلون وفقًا للإجراءات "
    "المعتمدة، ويجري بعد ذلك إبلاغ المستخدمين بالقرارات المعللة عبر القنوات المخصصة للمراسلات السرية.",
    "ru": "Уведомления, направленные посредством электронной формы, подлежат всесторонней оценке уполномоченными "
    "специалистами, после чего мотивированное решение доводится до сведения заявителя установленным способом.",
    "zh": "以电子方式提交的举报材料将由具备相应资质的专业人员按照既定程序进行全面评估，"
    "并在作出附有充分理由的决定之后通过指定的保密渠道正式通知举报人本人。",
}
LANGUAGES = sorted(reading.LIMITS)


def test_the_measure_is_words_a_sentence_plus_long_words_in_a_hundred() -> None:
    found = reading.measure(["We look at everything. You wait."], language="en")

    assert (found.sentences, found.words, found.long_words, found.longest) == (2, 6, 1, 4)
    assert found.lix == pytest.approx(6 / 2 + 100 / 6)


def test_seven_letters_are_long_and_six_are_not() -> None:
    assert reading.measure(["letter"], language="en").long_words == 0
    assert reading.measure(["letters"], language="en").long_words == 1


def test_nothing_to_read_is_not_hard() -> None:
    assert reading.measure([], language="en").lix == 0
    assert reading.measure(["", " ... ", "16%!"], language="en").sentences == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_official_words_measure_harder_than_easy_ones(language: str) -> None:
    easy = reading.measure([EASY[language]], language=language)
    hard = reading.measure([HARD[language]], language=language)

    assert easy.sentences == 5
    assert hard.sentences == 1
    assert hard.lix > 1.5 * easy.lix


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("band", list(reading.Band))
def test_the_limits_let_easy_words_through_and_stop_official_ones(language: str, band: reading.Band) -> None:
    assert not list(reading.too_hard({"easy": EASY[language]}, language=language, band=band))

    found = list(reading.too_hard({"hard": HARD[language]}, language=language, band=band))
    assert len(found) == 2
    assert found[0].startswith("hard: ")
    assert found[1].startswith("all texts together measure ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_older_reader_may_be_given_harder_words(language: str) -> None:
    limits = [reading.limit(language=language, band=band) for band in reading.Band]

    assert limits == sorted(set(limits))


def test_a_language_without_a_limit_is_named() -> None:
    with pytest.raises(reading.NoLimit, match="'tlh'"):
        reading.limit(language="tlh", band=reading.Band.SMALL)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Is it yours? Don't wait! Go.", ["Is it yours?", "Don't wait!", "Go."]),
        (
            "en",
            "It is at www.harbour.example. Version 2.5 is fine.",
            ["It is at www.harbour.example.", "Version 2.5 is fine."],
        ),
        ("en", "One line\nand another", ["One line", "and another"]),
        ("en", "They say: «Stop.» Then they go.", ["They say: «Stop.»", "Then they go."]),
        ("fr", "Ça ne va pas ? Réessaie.", ["Ça ne va pas ?", "Réessaie."]),
        ("es", "¿Qué pasa? ¡Llama ya!", ["¿Qué pasa?", "¡Llama ya!"]),
        ("ar", "هل أنت بخير؟ اتصل بنا.", ["هل أنت بخير؟", "اتصل بنا."]),
        ("zh-hans", "出了什么事？请等一下。「好。」再试一次", ["出了什么事？", "请等一下。", "「好。」", "再试一次"]),
    ],
)
def test_a_text_falls_into_its_sentences(language: str, text: str, expected: list[str]) -> None:
    assert reading.sentences(text, language=language) == expected


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("en", "Don't copy 16 well-kept words.", ["Don't", "copy", "16", "well-kept", "words"]),
        ("fr", "L’adresse est là.", ["L", "adresse", "est", "là"]),
        ("ru", "Кто-то её ждёт.", ["Кто-то", "её", "ждёт"]),
        ("mn", "Энэ чиний буруу биш.", ["Энэ", "чиний", "буруу", "биш"]),
        ("ar", "سـرّك مُدَرَّب", ["سرك", "مدرب"]),
        ("zh", "用 Leeward 看 16 位号码。", ["用", "Leeward", "看", "16", "位", "号", "码"]),
    ],
)
def test_a_sentence_falls_into_what_is_read_one_by_one(language: str, sentence: str, expected: list[str]) -> None:
    assert reading.words(sentence, language=language) == expected


def test_vowel_signs_make_no_word_longer() -> None:
    assert reading.measure(["مُدَرَّب"], language="ar").long_words == 0


def test_a_latin_name_makes_no_chinese_text_harder() -> None:
    assert reading.measure(["用 Leeward 举报。"], language="zh").long_words == 0


def test_a_letter_and_its_mark_are_one_letter() -> None:
    assert reading.words("e\u0301te\u0301", language="fr") == ["été"]


@given(st.lists(st.text(max_size=60), max_size=6), st.sampled_from(LANGUAGES))
def test_every_word_is_in_a_sentence(texts: list[str], language: str) -> None:
    found = reading.measure(texts, language=language)

    assert found.words == sum(len(reading.words(text, language=language)) for text in texts)
    assert found.long_words <= found.words
    assert found.sentences <= found.words
    assert found.longest <= found.words
