"""How close captions come to what people wrote. The counting is sacreBLEU's.

References
----------
Papineni et al., "BLEU" (2002), https://aclanthology.org/P02-1040; Post, "A call for clarity in
reporting BLEU scores" (2018), https://aclanthology.org/W18-6319
"""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import InvalidInputError
from core.vision.captioning.vocabulary import tokenize
from core.wording import counted


def bleu(
    captions: Sequence[str], references: Sequence[Sequence[str]], *, smoothed: bool = False
) -> tuple[float, float, float, float]:
    """BLEU-1 to BLEU-4 of N captions together, in [0, 1].

    Words are counted in lower case and without punctuation.

    Parameters
    ----------
    references : of each caption one or more, for all as many.
    smoothed : for a caption or a few, which may share no four words in a row with any reference.

    Raises
    ------
    InvalidInputError
        If there are no captions, or their numbers differ.
    """
    from sacrebleu.metrics import BLEU  # takes a moment

    counts = {len(texts) for texts in references}
    if not captions or len(captions) != len(references) or len(counts) != 1 or 0 in counts:
        raise InvalidInputError(
            "Expected captions, and for each as many references. "
            f"Received: {counted(len(captions), 'caption')}, references for {len(references)}."
        )
    hypotheses = [" ".join(tokenize(caption)) for caption in captions]
    streams = [[" ".join(tokenize(texts[i])) for texts in references] for i in range(counts.pop())]

    def score(order: int) -> float:
        metric = BLEU(
            max_ngram_order=order,
            tokenize="none",
            smooth_method="exp" if smoothed else "none",
            effective_order=smoothed,
        )
        return metric.corpus_score(hypotheses, streams).score / 100

    return score(1), score(2), score(3), score(4)
