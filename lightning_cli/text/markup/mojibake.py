"""Text that was decoded twice, repaired: UTF-8 taken for windows-1252, "cafÃ©" for "café"."""

import re

# The signs that windows-1252 has for the bytes 80 to BF, as a class of characters.
_SIGNS = "\u0080-\u00bf" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
# UTF-8 of two, three and four bytes, seen so.
_DAMAGE = re.compile(f"[\u00c2-\u00df][{_SIGNS}]|[\u00e0-\u00ef][{_SIGNS}]{{2}}|[\u00f0-\u00f4][{_SIGNS}]{{3}}")
_OPEN = re.compile(f"(?:[\u00c2-\u00f4]|[\u00e0-\u00f4][{_SIGNS}]|[\u00f0-\u00f4][{_SIGNS}]{{2}})\\Z")
_LEFT_OVER = re.compile("[\u0080-\u009f]")
_LINE_LIMIT = 2000


class MojibakeFilter:
    """Repair a growing text line by line, each from its first damaged sign on; other text passes as it comes."""

    def __init__(self) -> None:
        self._held = ""
        self._damaged = False

    def feed(self, text: str) -> str:
        """Return what is certain: of a damaged line nothing before its end."""
        return self._pass(text, final=False)

    def finish(self) -> str:
        """Return what was held."""
        return self._pass("", final=True)

    def _pass(self, text: str, *, final: bool) -> str:
        text = self._held + text
        self._held = ""
        passed: list[str] = []
        while text:
            found = None if self._damaged else _DAMAGE.search(text)
            if not self._damaged and found is None:
                start = None if final else _OPEN.search(text)
                end = start.start() if start else len(text)
                passed.append(text[:end])
                self._held = text[end:]
                break
            if found:
                passed.append(text[: found.start()])
                text = text[found.start() :]
                self._damaged = True
            end = text.find("\n", 0, _LINE_LIMIT) + 1 or min(len(text), _LINE_LIMIT)
            if text[end - 1] != "\n" and end < _LINE_LIMIT and not final:
                self._held = text
                break
            passed.append(_repaired(text[:end]))
            text = text[end:]
            self._damaged = False
        return _LEFT_OVER.sub("", "".join(passed))


def _repaired(text: str) -> str:
    # Takes a tenth of a second to load, which only a damaged text should pay.
    import ftfy

    return ftfy.fix_encoding(text)
