"""Numbers as a busy officer understands them, in English and Korean.

What a number means is read from the unit that the feature table gives; a unit that is not known
here is told as a plain number. Two digits are enough: whoever needs more reads the value itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

CALM_DAYS: Final = 60
"""Days at which baselines and runs stop counting: that long ago, or never."""

_ORDINALS: Final = ("third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_MOST: Final = 1e9
_LEAST: Final = 1e-3
_CLOSE: Final = 0.05


_DURATIONS: Final = (
    (48.0, 1.0, "hour", "시간"),
    (24 * 60.0, 24.0, "day", "일"),
    (24 * 730.0, 24 * 30.44, "month", "개월"),
    (math.inf, 24 * 365.25, "year", "년"),
)
"""Up to how many hours which unit is used, and its hours."""


class Both(NamedTuple):
    """The same in English and Korean."""

    en: str
    ko: str


def spoken(unit: str, value: float) -> Both:
    """Say a number in words.

    Parameters
    ----------
    unit
        Unit of the feature table, such as ``log2 ratio``.
    value
        In that unit; not NaN.
    """
    said = _UNITS.get(unit)
    return said(value) if said else Both(f"{value:.3g}", f"{value:.3g}")


def _power(value: float) -> float:
    return float(2.0 ** min(max(value, -40.0), 40.0))


def _digits(size: float) -> str:
    if size < 10:
        return f"{size:.2g}"
    step = 10 ** (int(math.log10(size)) - 1)
    return f"{round(size / step) * step:,}"


def _about(size: float, en: str = "", ko: str = "") -> Both:
    """A positive size with its unit."""
    if size > _MOST:
        return Both(f"more than a billion{en}", f"10억{ko} 초과")
    if size < _LEAST:
        return Both(f"less than {_LEAST}{en}", f"{_LEAST}{ko} 미만")
    return Both(f"about {_digits(size)}{en}", f"약 {_digits(size)}{ko}")


def _ratio(value: float) -> Both:
    """A log2 ratio, before "what is usual"."""
    ratio = _power(value)
    if ratio > 1000:
        return Both("more than a thousand times", "1,000배 초과")
    if ratio > 1.95:
        return Both(f"about {_digits(ratio)} times", f"약 {_digits(ratio)}배")
    percent = round(abs(ratio - 1) * 20) * 5
    if ratio > 1 + _CLOSE:
        return Both(f"about {percent}% above", f"약 {percent}% 높음")
    if ratio >= 1 - _CLOSE:
        return Both("about the same as", "비슷한 수준")
    if ratio > 0.55:
        return Both(f"about {percent}% below", f"약 {percent}% 낮음")
    return _fraction(1 / ratio)


def _fraction(parts: float) -> Both:
    whole = round(parts)
    if whole > 1000:
        return Both("less than a thousandth of", "1,000분의 1 미만")
    if whole == 2:
        return Both("about half of", "약 절반")
    if whole > 10:
        return Both(f"about 1/{_digits(whole)} of", f"약 {_digits(whole)}분의 1")
    ordinal = _ORDINALS[whole - 3]
    article = "an" if ordinal == "eighth" else "a"
    return Both(f"about {article} {ordinal} of", f"약 {whole}분의 1")


def _gap(value: float) -> Both:
    """By how much two amounts differ; the sign is not known."""
    ratio = _power(abs(value))
    if ratio <= 1 + _CLOSE:
        return Both("hardly anything", "거의 없음")
    if ratio <= 1.95:
        percent = round((ratio - 1) * 20) * 5
        return Both(f"about {percent}%", f"약 {percent}%")
    factor = _ratio(math.log2(ratio))
    return Both(f"a factor of {factor.en.removesuffix(' times')}", factor.ko)


def _share(value: float) -> Both:
    percent = 100 * min(max(value, -_MOST), _MOST)
    if 99.5 <= percent < 100:
        return Both("over 99%", "99% 초과")
    said = f"{percent:.2g}%" if abs(percent) < 10 else f"{percent:,.0f}%"
    return Both(said, said)


def _percent(value: float) -> Both:
    return Both(f"{value:g}%", f"{value:g}%")


def _amount(en: str, ko: str, lowest: float = 0.0) -> Callable[[float], Both]:
    """Say 2^value less ``lowest``, of a unit."""

    def said(value: float) -> Both:
        size = _power(value) - lowest
        return _about(size, en, ko) if size > 0 else Both(f"0{en}", f"0{ko}")

    return said


def _count(one: str, many: str, counter: str) -> Callable[[float], Both]:
    """Say how many; decayed counts are not whole."""

    def said(count: float) -> Both:
        if count < _CLOSE:
            return Both(f"no {many}", "없음")
        if count < 0.5:
            return Both(f"hardly any {many}", "거의 없음")
        exact = count < 1000 and abs(count - round(count)) < _CLOSE
        whole = max(round(count), 1) if count < _MOST else math.inf
        if whole == 1:
            about = ("", "") if exact else ("about ", "약 ")
            return Both(f"{about[0]}one {one}", f"{about[1]}1{counter}")
        if exact:
            return Both(f"{whole} {many}", f"{whole}{counter}")
        return _about(whole, f" {many}", counter)

    return said


def _log_count(said: Callable[[float], Both]) -> Callable[[float], Both]:
    """Say log2(1 + count)."""
    return lambda value: said(_power(value) - 1)


def _duration(unit_h: float) -> Callable[[float], Both]:
    """Say 2^value of a unit of so many hours."""

    def said(value: float) -> Both:
        hours = _power(value) * unit_h
        if hours < 1:
            return Both("less than an hour", "1시간 미만")
        if hours > 24 * 36525:
            return Both("more than a hundred years", "100년 초과")
        _, size, en, ko = next(unit for unit in _DURATIONS if hours < unit[0])
        count = round(hours / size)
        return Both(f"about {count} {en}{'s' if count > 1 else ''}", f"약 {count}{ko}")

    return said


def _ago(days: float) -> Both:
    if days >= CALM_DAYS:
        return Both(f"{CALM_DAYS} or more days ago, if ever", f"{CALM_DAYS}일 이상 전이거나 없음")
    if days < 1:
        return Both("within a day", "하루 이내")
    count = round(days)
    return Both(f"about {count} day{'s' if count > 1 else ''} ago", f"약 {count}일 전")


def _graded(
    value: float, steps: tuple[float, float, float], words: tuple[Both, ...], middle: Both
) -> Both:
    """Choose among words for far, clearly and somewhat above, then below."""
    size = abs(value)
    if size < steps[0]:
        return middle
    grade = 0 if size >= steps[2] else 1 if size >= steps[1] else 2
    return words[grade if value > 0 else 3 + grade]


_OFTEN: Final = (
    Both("far more than usual", "통상보다 훨씬 많음"),
    Both("more than usual", "통상보다 많음"),
    Both("somewhat more than usual", "통상보다 다소 많음"),
    Both("far fewer than usual", "통상보다 훨씬 적음"),
    Both("fewer than usual", "통상보다 적음"),
    Both("somewhat fewer than usual", "통상보다 다소 적음"),
)
_LIES: Final = (
    Both("far above", "훨씬 높음"),
    Both("well above", "상당히 높음"),
    Both("somewhat above", "다소 높음"),
    Both("far below", "훨씬 낮음"),
    Both("well below", "상당히 낮음"),
    Both("somewhat below", "다소 낮음"),
)


def _often(value: float) -> Both:
    """Log-odds against all others; near 0 also of those whom nobody inspected."""
    return _graded(value, (0.15, 0.5, 1.5), _OFTEN, Both("nothing unusual", "특이 사항 없음"))


def _lies(value: float) -> Both:
    """Standard deviations from the mean, before "what is usual"."""
    return _graded(value, (0.5, 1.0, 2.0), _LIES, Both("close to", "비슷함"))


_COUNTS: Final = {
    "bags": _count("bag", "bags", "개"),
    "parcels": _count("parcel", "parcels", "건"),
    "travelers": _count("traveler", "travelers", "명"),
    "addresses": _count("address", "addresses", "곳"),
    "codes": _count("customs code", "customs codes", "개"),
    "findings": _count("finding", "findings", "건"),
    "inspections": _count("inspection", "inspections", "건"),
    "visits": _count("visit", "visits", "회"),
}

_UNITS: Final[Mapping[str, Callable[[float], Both]]] = {
    **_COUNTS,
    **{f"log2 {unit}": _log_count(said) for unit, said in _COUNTS.items()},
    "probability": _share,
    "similarity": _share,
    "cosine": _share,
    "share": _share,
    "percent": _percent,
    "log2 ratio": _ratio,
    "|log2 ratio|": _gap,
    "log2 USD": _amount(" USD", "달러"),
    "log2 (1 + USD)": _amount(" USD", "달러", 1.0),
    "log2 USD/kg": _amount(" USD per kg", "달러"),
    "log2 kg": _amount(" kg", "kg"),
    "log2 (1 + kg)": _amount(" kg", "kg", 1.0),
    "log2 hours": _duration(1),
    "log2 days": _duration(24),
    "days": _ago,
    "log-odds": _often,
    "standard deviations": _lies,
}
