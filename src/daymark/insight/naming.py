"""What codes are called on a page."""

from django.utils.translation import gettext as _

from daymark.insight import rules
from daymark.insight.terms import UNKNOWN, Dimension, Element


def type_name(code: str) -> str:
    names = {
        Element.SEXUAL: _("Sexual"),
        Element.LABOUR: _("Labour"),
        Element.DOMESTIC: _("Domestic servitude"),
        Element.ORGANS: _("Organ harvesting"),
        Element.CRIMINAL: _("Criminal"),
    }
    found = [names[element] for element in Element if element in rules.types_of(code)]
    if not found:
        return _("Not specified")
    *first, last = found
    return f"{', '.join(first)} & {last}" if first else last


def breakdown_name(written: list[str]) -> str:
    """ "children, criminal exploitation": a breakdown in words; "" for all."""
    names = {
        "method:MSE-2014": _("by multiple systems estimation, Home Office 2014"),
        "method:GSI-2016": _("by the Global Slavery Index 2016"),
        "method:GSI-2018": _("by the Global Slavery Index 2018"),
        "method:GSI-2023": _("by the Global Slavery Index 2023"),
        "method:CSJ-2020": _("by the Centre for Social Justice with Justice and Care"),
        "authority:SCA": _("decided by the Single Competent Authority"),
        "authority:IECA": _("decided by the Immigration Enforcement Competent Authority"),
        "by:GOVERNMENT": _("by government agencies"),
        "by:POLICE": _("by the police"),
        "by:LOCAL_AUTHORITY": _("by councils"),
        "by:CHARITY": _("by charities"),
        "flag:COUNTY_LINES": _("flagged as county lines"),
        "place:UK": _("exploited in the UK"),
        "place:OVERSEAS": _("exploited overseas"),
        "place:BOTH": _("exploited in the UK and overseas"),
        "age:ADULT": _("adults"),
        "age:CHILD": _("children"),
        f"age:{UNKNOWN}": _("age not known"),
        "gender:MALE": _("male"),
        "gender:FEMALE": _("female"),
    }
    words = []
    for entry in written:
        dimension, _sep, code = entry.partition(":")
        if dimension == Dimension.TYPE:
            known = _("%(type)s exploitation") % {"type": type_name(code)}
            words.append(known if rules.types_of(code) else _("type not specified"))
        elif dimension == Dimension.NATIONALITY:
            words.append(" / ".join(code.split("+")))
        else:
            words.append(names.get(entry, code))
    return ", ".join(words)
