"""Chunked framing taken off many chunks at a time (RFC 9112 7.1); pure, no I/O.

http.client hands over one chunk per call, at several times what it costs to decode the event inside, and live servers
put every event in a chunk of its own. Only plain chunks are taken here; whatever else a size line can say, the last
chunk and the trailers included, is left for http.client to read where it stands.
"""

_HEX_DIGITS = b"0123456789abcdefABCDEF"
_SIZE_DIGITS = 8
_LINE_END = b"\r\n"


def take_chunks(window: bytes, left: int | None) -> tuple[bytes, int, int | None]:
    """Give the body that the start of ``window`` holds, how many of its bytes that took, and where it ended.

    ``left`` is where the window begins, and the third value where what was taken ends, in the terms of
    ``http.client.HTTPResponse.chunk_left``: None at a size line, a number with so much of a chunk still to come, 0
    between the last byte of a chunk and its line end. Nothing taken means that the window does not go on with a plain
    chunk, or not with enough of one.
    """
    parts: list[bytes] = []
    at, size = 0, len(window)
    while at < size:
        if left is None:
            end = window.find(_LINE_END, at, at + _SIZE_DIGITS + 2)
            digits = window[at:end]
            if end <= at or digits.strip(_HEX_DIGITS):
                break
            length = int(digits, 16)
            if not length:
                break
            left = length
            at = end + 2
        elif left > 0:
            part = window[at : at + left]
            parts.append(part)
            at += len(part)
            left -= len(part)
        elif left == 0 and window.startswith(_LINE_END, at):
            at += 2
            left = None
        else:
            # http.client takes a negative size for one.
            break
    return b"".join(parts), at, left
