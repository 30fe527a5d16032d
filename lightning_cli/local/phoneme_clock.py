"""How long hibari holds each phoneme: a value inside its model, which it does not hand out itself.

On its way to the sound the model rounds the length of every phoneme to 25 ms. Here that value becomes an output too, by
a few bytes behind those of the model: two messages of Protocol Buffers, one after the other, are one, with the lists
of both. It is a session of its own, so that what is heard is the same with word times and without.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_LENGTHS = "/Round_output_0"
# ModelProto.graph, GraphProto.output, ValueInfoProto.name: each a list of bytes behind its tag and size.
_GRAPH, _OUTPUT, _NAME = b"\x3a", b"\x62", b"\x0a"


class PhonemeClock:
    """A second session of the model at ``path``; raises what onnxruntime does for one without such a value."""

    def __init__(self, path: str) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what is wrong is raised
        # Making it ready takes twice as long as it saves, and a listener waits for the first sound.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        output = _field(_GRAPH, _field(_OUTPUT, _field(_NAME, _LENGTHS.encode())))
        model = Path(path).read_bytes() + output
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def spans(
        self, phonemes: str, ids: Sequence[int], vocabulary: Mapping[str, int], frames: int
    ) -> list[tuple[int, int]]:
        """Return between which of ``frames`` each phoneme that is not a space is heard; ``ids`` are the model's."""
        import numpy as np

        fed = {"ids": np.asarray([ids], np.int64), "speed": np.ones(1, np.float32)}
        edges = np.concatenate(([0], np.cumsum(self._session.run([_LENGTHS], fed)[0])))
        edges = np.rint(edges * (frames / max(edges[-1], 1))).astype(int).tolist()
        found: list[tuple[int, int]] = []
        # The first is the silence before them.
        index = 1
        for phoneme in phonemes:
            begin = edges[index]
            index += phoneme in vocabulary
            if not phoneme.isspace():
                found.append((begin, edges[index]))
        return found


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + bytes([len(content)]) + content
