"""The preview of a voice: one sentence in its own language, through the same pipeline as ``say``."""

from lightning_cli.audio.joins import JoinRule
from lightning_cli.catalogue.voices import Voice
from lightning_cli.cli import backend
from lightning_cli.cli.option_groups import BackendOptions
from lightning_cli.cli.say import outputs
from lightning_cli.cli.say.speaking import RunListeners, TextSource, speak
from lightning_cli.cli.service_options import Service
from lightning_cli.errors import MissingKey
from lightning_cli.local.offline_voices import check_engine
from lightning_cli.request import DEFAULT_MODEL, RequestDefaults

_SENTENCES = {
    "en": "Hello! This is how I sound.",
    "hi": "नमस्ते! मेरी आवाज़ ऐसी है।",
    "mr": "नमस्कार! माझा आवाज असा आहे.",
    "kn": "ನಮಸ್ಕಾರ! ನನ್ನ ಧ್ವನಿ ಹೀಗಿದೆ.",
    "ta": "வணக்கம்! என் குரல் இப்படித்தான் இருக்கும்.",
    "bn": "নমস্কার! আমার কণ্ঠ এই রকম।",
    "gu": "નમસ્તે! મારો અવાજ આવો છે.",
    "te": "నమస్కారం! నా గొంతు ఇలా ఉంటుంది.",
    "ml": "നമസ്കാരം! എന്റെ ശബ്ദം ഇങ്ങനെയാണ്.",
    "pa": "ਸਤ ਸ੍ਰੀ ਅਕਾਲ! ਮੇਰੀ ਆਵਾਜ਼ ਇਹੋ ਜਿਹੀ ਹੈ।",
    "or": "ନମସ୍କାର! ମୋ ସ୍ୱର ଏହିପରି।",
    "es": "¡Hola! Así es como sueno.",
    "de": "Hallo! So klinge ich.",
    "fr": "Bonjour ! Voici ma voix.",
    "it": "Ciao! Questa è la mia voce.",
    "nl": "Hallo! Zo klink ik.",
    "sv": "Hej! Så här låter jag.",
    "pt": "Olá! Esta é a minha voz.",
    "ru": "Здравствуйте! Так звучит мой голос.",
    "el": "Γεια σας! Έτσι ακούγομαι.",
    "fi": "Hei! Tältä minä kuulostan.",
    "no": "Hei! Slik høres jeg ut.",
    "pl": "Cześć! Tak brzmi mój głos.",
    "ar": "مرحبا! هكذا يبدو صوتي.",
    "zh": "你好！这就是我的声音。",
    "id": "Halo! Beginilah suara saya.",
    "ja": "こんにちは。これがわたしのこえです。",
    "ko": "안녕하세요! 제 목소리는 이렇습니다.",
    "ms": "Helo! Beginilah suara saya.",
    "tr": "Merhaba! Sesim böyle.",
    "vi": "Xin chào! Đây là giọng nói của tôi.",
}


def preview(service: Service, voice: Voice, path: str | None) -> None:
    """Play the sample sentence of ``voice``, or write it to ``path``; raises what ``say`` raises."""
    offline = voice.source == "offline"
    target = outputs.plan(
        outputs.OutputOptions(output=[path] if path else None, keys=False),
        context=outputs.OutputContext(service.console),
    )
    settings = backend.choose(service, BackendOptions(local=offline))
    if settings.is_local:
        check_engine(asked_for=False)
    language = next((code for code in voice.languages if code in _SENTENCES), None)
    if settings.is_local and not offline:
        if (hint := backend.meant_instead(voice.id)) is not None:
            raise MissingKey(f"unknown voice {voice.id!r}", hint=hint)
        raise MissingKey(
            f"previewing {voice.id!r} needs an API key",
            hint="set SMALLEST_API_KEY, or list the offline voices with lightning-tts voices --offline",
        )
    model = voice.model if voice.model != DEFAULT_MODEL else None
    defaults = RequestDefaults(voice_id=voice.id, sample_rate=target.sample_rate, model=model, language=language)
    target.describe(voice=voice.id)
    script = TextSource(words=[_SENTENCES.get(language or "en", _SENTENCES["en"])])
    listeners = RunListeners(service.console, begin_sentence=target.begin_sentence)
    opened = backend.open_client(settings, service.console, defaults, asked_for=True)
    with opened as client, target.report_playback(service.console):
        speak(client, script, defaults, target.sink, JoinRule(), listeners)
