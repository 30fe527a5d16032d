"""Formulas in TeX: the words that are said for them."""

import pytest

from lightning_cli.text.markup.latex import FORMULA, latex_words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (r"E = mc^2", "E equals m c squared"),
        (r"m = \lfloor (lo + hi) / 2 \rfloor", "m equals the floor of lo plus hi over 2"),
        (r"O(\log n), \Theta(n^2)", "O of log of n, Theta of n squared"),
        (r"2^{20} = 1{,}048{,}576", "2 to the 20 equals 1,048,576"),
        (r"\frac{n(n+1)}{2}", "n times n plus 1, over 2"),
        (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", "the matrix a b, c d"),
        (r"\begin{aligned} x &= 1 \\ y &= 2 \end{aligned}", "x equals 1, y equals 2"),
        (r"\frac{1}{3} + \frac{3}{4}", "one third plus three quarters"),
        (r"\frac{a+b}{2}", "a plus b, over 2"),
        (r"\sqrt{x^2 + y^2}", "the square root of x squared plus y squared"),
        (r"\sqrt[3]{8}", "the cube root of 8"),
        (r"\sum_{i=1}^{n} x_i", "the sum from i equals 1 to n of x sub i"),
        (r"\lim_{x \to \infty} f(x)", "the limit as x goes to infinity of f of x"),
        (r"\int_0^1 x^2\,dx", "the integral from 0 to 1 of x squared d x"),
        (r"\log_2 n \le \sin^2 \theta", "log base 2 of n is less than or equal to sine squared of theta"),
        (r"\left(a \cdot b\right) \neq \vec{v}", "a times b is not equal to vector v"),
        (r"90^\circ, x', a^{n+1}, e^x", "90 degrees, x prime, a to the power n plus 1, e to the x"),
        (r"|x| \in \mathbb{R}", "the absolute value of x in R"),
        (r"\text{speed} = \binom{n}{k}", "speed equals n choose k"),
        (r"x &= 1 \\ y &= 2", "x equals 1, y equals 2"),
        (r"\alpha \approx 3.14\%", "alpha is approximately 3.14 percent"),
        (r"P(A|B) = \Pr(B|A)", "P of A given B equals P of B given A"),
        (r"\mathrm{H_2O}, \lvert x \rvert, \ddot{x}", "H sub 2 O, the absolute value of x, x double dot"),
        (r"\sum_{\substack{i<n \\ i>0}} i", "the sum over i is less than n, i is greater than 0 of i"),
        (r"\frac12 + {a \over b}", "one half plus a over b"),
        (r"\sqrt[4]{16}, \sqrt[n]{x}", "the fourth root of 16, the nth root of x"),
        (r"\iiint_V f \, dV", "the triple integral over V of f d V"),
        (r"A^T B^{\top} + 2^T", "A transpose B transpose plus 2 to the T"),
        (r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}", "the determinant of a b, c d"),
        (
            r"|x| = \begin{cases} x & \text{if } x \geq 0 \\ -x & x < 0 \end{cases}",
            "the absolute value of x equals x if x is greater than or equal to 0, minus x if x is less than 0",
        ),
        (r"\arg\min_{\theta} L(\theta) \le \max(a)", "arg min over theta of L of theta is less than or equal to max a"),
        (r"f''(x) = g'(x), \operatorname{Var}(X)", "f double prime of x equals g prime of x, Var of X"),
        (r"\underbrace{a+b}_{c} \equiv d \pmod{n}", "a plus b is equivalent to d mod n"),
        (r"\|x\| + \{ x \mid x > 0 \}", "the norm of x plus the set x such that x is greater than 0"),
        (r"A \xrightarrow{f} B \stackrel{def}{=} C", "A to B equals C"),
        (r"\textcolor{red}{x} + \cancel{y} \label{eq:1} \tag{1}", "x plus y"),
    ],
)
def test_words(source: str, words: str) -> None:
    """Common forms are read as a person reads them."""
    assert latex_words(source) == words


@pytest.mark.parametrize("source", [r"\begin{tikzcd}1\end{tikzcd}", r"\foo{x}", "{", r"\frac{1}", "", "{" * 100])
def test_the_rest_is_a_formula(source: str) -> None:
    """What has no words here is named, however it is broken."""
    assert latex_words(source) == FORMULA
