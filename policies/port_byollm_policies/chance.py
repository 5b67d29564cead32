"""The entropy of a secret value."""

import math
import re
import string

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UUID_BITS = 122
_FEWEST_CHARACTERS = 9
_HEX_DIGITS = (set("0123456789abcdef"), set("0123456789ABCDEF"))
_ALPHABETS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


def bits(value: str) -> float:
    """Return an upper bound of the entropy of `value` in bits, by its length and kinds of characters."""
    used = set(value)
    if _UUID.fullmatch(value):
        return _UUID_BITS
    if len(used) < _FEWEST_CHARACTERS:
        return 0
    if any(used <= digits for digits in _HEX_DIGITS):
        return len(value) * 4
    alphabets = [set(alphabet) for alphabet in _ALPHABETS]
    symbols = used.difference(*alphabets)
    return len(value) * math.log2(len(symbols) + sum(len(each) for each in alphabets if each & used))
