"""Terms of headers and captions, explained where they stand.

The formulas are those of `jaxrep.analysis`, where their sources are named too.
"""

import html
import re

TERMS = {
    "IPR": "inverse participation ratio, Σw⁴ / (Σw²)²: 1 for one weight, 1/n for n equal ones",
    "inverse participation ratio": "Σw⁴ / (Σw²)² of a unit's weights: 1 where a single weight is "
    "left, 1/n where n are equally large",
    "participation ratio": "(Σλ)² / Σλ² of the eigenvalues of the covariance: how many dimensions "
    "a representation fills",
    "excess kurtosis": "fourth moment over squared variance, minus 3: 0 for a Gaussian, negative "
    "for a flatter distribution",
    "ρ(ab)": "the matrix of an irrep at the product of the two inputs a and b",
    "ρ(a)": "the matrix of an irrep at the first input",
    "ρ(b)": "the matrix of an irrep at the second input",
    "irrep": "irreducible representation: matrices for the elements of a group that multiply as "
    "they do, and that no smaller ones make up",
    "coset": "what a subgroup's elements make of one element: Kx multiplies it from the left, xK "
    "from the right",
    "subgroup": "elements of a group that are a group by themselves",
    "bi-equivariant": "depends on a⁻¹cb⁻¹ alone: the answer c to (a, b) counts as gch does to "
    "(ga, bh)",
    "excluded loss": "loss without what the key irreps contribute: it rises where a network "
    "depends on them",
    "restricted loss": "loss with what the key irreps contribute and nothing else",
    "CKA": "centred kernel alignment: similarity of two representations of the same samples, "
    "whatever the rotation and the scale; 1 is alike",
    "debiased CKA": "centred kernel alignment with unbiased estimates: about 0 for unrelated "
    "representations, also of few samples; 1 is alike",
    "debiased linear CKA": "centred kernel alignment with unbiased estimates: about 0 for "
    "unrelated representations, also of few samples; 1 is alike",
    "RSA": "representational similarity analysis: correlation of two representations' distances",
    "RSM": "representational similarity matrix: how alike a network represents every two items",
    "Fisher information": "how precisely the units' answers tell a small change of the stimulus: "
    "an unbiased estimate's variance is at least its inverse",
    "eigen-distortion": "change of a stimulus of unit length that a model sees best (or worst): an "
    "eigenvector of the Fisher information about the stimulus",
    "principal distortion": "change of a stimulus that one model sees best, or worst, beside "
    "another",
    "EDGE": "ensemble dependency graph estimator: mutual information by hashing",
    "binning": "mutual information of activations that are rounded to bins",
    "log2 N": "bits that tell N samples apart: no estimate of I(X;M) can exceed it",
    "log2 N ceiling": "bits that tell N samples apart: no estimate of I(X;M) can exceed it",
    "ceiling log2 N": "bits that tell N samples apart: no estimate of I(X;M) can exceed it",
    "I(X;M)": "mutual information of the input and a layer's activations",
    "I(Y;M)": "mutual information of the label and a layer's activations",
    "I(X;T)": "mutual information of the input and a layer's activations",
    "I(T;Y)": "mutual information of a layer's activations and the label",
    "H(Y)": "entropy of the labels",
    "R²": "share of the variance that is explained: 1 is all of it",
    "Gaussian clone": "normal inputs with the mean and the covariance of the inputs, and nothing "
    "else of them",
    "fourth cumulant": "what the fourth moment has beyond that of a Gaussian of the same "
    "covariance; along one direction, variance squared times the excess kurtosis",
    "whitened": "filtered so that all frequencies, or directions, have the same variance",
    "Gabor function": "a wave under a Gaussian envelope",
    "null": "what the same measure gives where there is nothing to find",
    "illusory correlations": "properties that a network gives an item in training though the item "
    "does not have them",
    "lazy": "learning with weights that hardly move: features stay what they were at the start",
    "tangent kernel": "inner products of the network's gradients by its weights: what it would "
    "learn with if they did not move",
    "closed form": "a formula without a free parameter, derived and not fitted",
    "rich": "learning that changes the features: small initial weights",
}
"""Term -> what it is."""


class Glossary:
    """Explains terms on hover, once a block, and remembers which ones a page has.

    >>> glossary = Glossary()
    >>> text = glossary.explain("mean IPR and <b title='IPR'>median</b> IPR")
    >>> text.count("<abbr"), text.startswith("mean <abbr title=")
    (1, True)
    >>> list(glossary.used)
    ['IPR']
    """

    def __init__(self) -> None:
        """No term has been met."""
        self.used: dict[str, str] = {}

    def explain(self, escaped: str) -> str:
        """The first occurrence of every term of a block in ``<abbr>``; tags stay as they are.

        Args:
          escaped: text in HTML.
        """
        met: set[str] = set()

        def mark(found: re.Match) -> str:
            term = _known(html.unescape(found[0]))
            if term in met:
                return found[0]
            met.add(term)
            self.used[term] = TERMS[term]
            return f"<abbr title='{html.escape(TERMS[term])}'>{found[0]}</abbr>"

        parts = _TAG.split(escaped)
        return "".join(p if p.startswith("<") else _TERM.sub(mark, p) for p in parts)

    def section(self) -> str:
        """The terms that were explained, for readers without a mouse; empty without any."""
        terms = sorted(self.used, key=str.lower)
        lines = "".join(
            f"<dt>{html.escape(term)}</dt><dd>{html.escape(TERMS[term])}</dd>" for term in terms
        )
        return f"<dl class='terms'>{lines}</dl>" if terms else ""


def _known(word: str) -> str:
    """A term as the dictionary has it, of one that may begin a sentence, or be several.

    >>> _known("Irreps"), _known("IPR")
    ('irrep', 'IPR')
    """
    words = (word, word[:1].lower() + word[1:])
    return next(w for one in words for w in (one, one.removesuffix("s")) if w in TERMS)


def _pattern(term: str) -> str:
    first, rest = term[:1], re.escape(html.escape(term[1:]))
    return f"[{first}{first.upper()}]{rest}" if first.islower() else re.escape(first) + rest


_TAG = re.compile(r"(<[^>]*>)")
_TERM = re.compile(
    rf"(?<![\w&])(?:{'|'.join(map(_pattern, sorted(TERMS, key=len, reverse=True)))})s?(?!\w)"
)
