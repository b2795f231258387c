"""Screening in the words of the people who look at it: how something was recognised, why it is held, what a rule says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leeward.engines import hashing
from leeward.indicators.models import DIGEST_KINDS, NETWORK_KINDS, Category, Kind
from leeward.screening import index
from leeward.screening.models import Answer, Match, Rule

type Words = str | Promise

LIKE_KINDS = (Kind.PDQ, Kind.VPDQ)

_TURNS: Mapping[str, Words] = {
    # What was done to the picture of the sign to get the upload.
    hashing.Orientation.ROTATED_90: gettext_lazy("turned a quarter to the right"),
    hashing.Orientation.ROTATED_180: gettext_lazy("turned upside down"),
    hashing.Orientation.ROTATED_270: gettext_lazy("turned a quarter to the left"),
    hashing.Orientation.FLIPPED_X: gettext_lazy("mirrored top to bottom"),
    hashing.Orientation.FLIPPED_Y: gettext_lazy("mirrored left to right"),
    hashing.Orientation.FLIPPED_PLUS_1: gettext_lazy("mirrored along the diagonal from the top left"),
    hashing.Orientation.FLIPPED_MINUS_1: gettext_lazy("mirrored along the diagonal from the top right"),
}


def turn(orientation: str) -> str:
    """Say how a picture was turned or mirrored; nothing for one that was not."""
    return str(_TURNS.get(orientation, ""))


def recognised(match: Match) -> list[str]:
    """Say in which way an upload was recognised, in short pieces."""
    kind = Kind(match.indicator.kind)
    if kind not in LIKE_KINDS:
        return [_exactly(kind)]
    if match.part == index.FRAME:
        return [_("%(share)d %% of its frames are in a known video") % {"share": match.share_percent}]
    pieces = [_part(match.part), turn(match.orientation), _("without its border") if match.is_trimmed else ""]
    return [piece for piece in pieces if piece]


def _part(part: int) -> str:
    if part == index.WHOLE:
        return _("the whole picture")
    cut = hashing.Crop(part).cut * 100 if part in set(hashing.Crop) else 0
    return _("its inner part, %(cut)g %% cut off each side") % {"cut": cut}


def _exactly(kind: Kind) -> str:
    if kind is Kind.TLSH:
        return _("nearly the same words")
    if kind is Kind.URL:
        return _("the address itself, or a page below it")
    if kind is Kind.DOMAIN:
        return _("the host name itself, or a name below it")
    return _("the same file, byte for byte")


def distance(kind: str, value: int) -> str:
    """Say how far apart two things are."""
    if kind in LIKE_KINDS:
        return ngettext("%(bits)d bit of 256 differs", "%(bits)d bits of 256 differ", value) % {"bits": value}
    if kind == Kind.TLSH:
        return _("text distance %(distance)d, where 0 is the same") % {"distance": value}
    return _("nothing differs")


def source(name: str) -> str:
    """Say from whom a sign is."""
    who, _colon, which = name.partition(":")
    if who == "decision":
        return _("a decision of this desk")
    if who == "partner":
        return _("the partner %(name)s") % {"name": which}
    if who == "import":
        return _("the list %(name)s") % {"name": which}
    return name


@dataclass(frozen=True)
class Why:
    """Why an upload is held, and what a person can do about it."""

    meaning: Words
    step: Words
    is_lead: bool = False


_LOOK: Words = gettext_lazy("Look at it at the provider. Then release or refuse it.")
_AGAIN: Words = gettext_lazy("Refuse it, and let it be uploaded again.")
_SMALLER: Words = gettext_lazy("Refuse it, and ask for a smaller copy.")
_CAREFUL: Words = gettext_lazy(
    "It may be made to hide something or to do harm. Refuse it unless you know where it is from."
)
_WAIT: Words = gettext_lazy("Let the operator look at the state of the index. Then let it be uploaded again.")

_PICTURES: Mapping[str, Why] = {
    "empty": Why(gettext_lazy("The file is empty."), _AGAIN),
    "too_large": Why(gettext_lazy("The file is larger than what is looked into."), _SMALLER),
    "too_many_pixels": Why(
        gettext_lazy("The picture says that it has more pixels than what is looked into."), _SMALLER
    ),
    "too_many_frames": Why(gettext_lazy("The moving picture has more frames than what is looked into."), _SMALLER),
    "too_many_scans": Why(gettext_lazy("The file paints its picture more often than any camera does."), _CAREFUL),
    "not_a_picture": Why(gettext_lazy("The file is no picture, video, text or archive that can be judged."), _LOOK),
    "truncated": Why(gettext_lazy("The file ends before the picture does."), _AGAIN),
    "unreadable": Why(gettext_lazy("The picture cannot be opened."), _AGAIN),
}
_VIDEOS: Mapping[str, Why] = {
    "empty": _PICTURES["empty"],
    "too_large": Why(gettext_lazy("The video is larger than what is looked into."), _SMALLER),
    "too_long": Why(gettext_lazy("The video plays longer than what is looked into."), _SMALLER),
    "too_many_frames": Why(gettext_lazy("The video has more frames than what is looked into."), _SMALLER),
    "too_many_pixels": Why(gettext_lazy("A frame of the video has more pixels than what is looked into."), _SMALLER),
    "too_many_streams": Why(gettext_lazy("The video holds more streams than what is looked into."), _CAREFUL),
    "too_much_effort": Why(gettext_lazy("Judging the video takes more work than is given to one file."), _SMALLER),
    "not_a_video": Why(gettext_lazy("The file says that it is a video, and is none that can be opened."), _LOOK),
    "names_other_files": Why(
        gettext_lazy("The pictures of the video lie in another file, which was not sent."), _CAREFUL
    ),
    "unsupported": Why(gettext_lazy("The video is coded in a way that is not opened here."), _LOOK),
    "no_video": Why(gettext_lazy("The file has sound or other streams, but no moving picture."), _LOOK),
    "no_frames": Why(gettext_lazy("No frame comes out of the video."), _LOOK),
    "truncated": Why(gettext_lazy("The file ends before the video does."), _AGAIN),
    "unreadable": Why(gettext_lazy("The video cannot be opened."), _AGAIN),
    "without_structure": Why(gettext_lazy("The frames of the video have too little in them to be compared."), _LOOK),
}
_ARCHIVES: Mapping[str, Why] = {
    "empty": Why(gettext_lazy("The archive is empty."), _AGAIN),
    "not_an_archive": Why(gettext_lazy("The file says that it is an archive, and is none that can be opened."), _LOOK),
    "unsupported": Why(gettext_lazy("The archive is packed in a way that is not opened here."), _LOOK),
    "encrypted": Why(gettext_lazy("The archive, or a part of it, is locked with a password."), _CAREFUL),
    "too_deep": Why(gettext_lazy("Archives lie in archives, deeper than what is looked into."), _CAREFUL),
    "too_many_members": Why(gettext_lazy("The archive has more parts than what is looked into."), _SMALLER),
    "member_too_large": Why(gettext_lazy("A part of the archive is larger than what is looked into."), _SMALLER),
    "too_large": Why(gettext_lazy("The archive unpacks to more than what is looked into."), _SMALLER),
    "too_compressed": Why(gettext_lazy("The archive grows far too much while it is unpacked."), _CAREFUL),
    "overlapping": Why(gettext_lazy("The parts of the archive lie over each other."), _CAREFUL),
    "truncated": Why(gettext_lazy("The file ends before the archive does."), _AGAIN),
    "damaged": Why(gettext_lazy("The parts of the archive contradict each other."), _CAREFUL),
}
_SIGNS: Mapping[str, Why] = {
    Kind.PDQ: Why(gettext_lazy("It is like a known picture, but the rule asks for a person."), _LOOK),
    Kind.VPDQ: Why(gettext_lazy("Some of its frames are in a known video."), _LOOK),
    Kind.TLSH: Why(gettext_lazy("Its words are nearly those of a known text."), _LOOK),
    **{
        kind: Why(gettext_lazy("It is a file that a source has listed, but the rule asks for a person."), _LOOK)
        for kind in DIGEST_KINDS
    },
    **{
        kind: Why(gettext_lazy("It is an address that a source has listed, but the rule asks for a person."), _LOOK)
        for kind in NETWORK_KINDS
    },
    "index_not_ready": Why(gettext_lazy("The signs were not ready to be compared with."), _WAIT),
}
_FAMILIES: Mapping[str, Mapping[str, Why]] = {"video_": _VIDEOS, "archive_": _ARCHIVES, "": {**_PICTURES, **_SIGNS}}
_INSIDE = "inside_"


def why(reason: str, *, answer: str) -> Why:
    """Say why an upload is held and what to do. A reason without words yet is shown as it is, so that nothing is hidden."""
    if answer == Answer.SUSPECT and reason not in _SIGNS:
        lead = _("A classifier, %(name)s, points at it. It may be wrong.") % {"name": reason}
        step = _("Read its model card, and look at the upload before you decide. A lead never decides alone.")
        return Why(lead, step, is_lead=True)
    # An archive in an archive says it twice.
    found = _of(reason.rpartition(_INSIDE)[2])
    if not reason.startswith(_INSIDE):
        return found
    return Why(_("Inside of the archive: %(meaning)s") % {"meaning": found.meaning}, found.step)


def _of(code: str) -> Why:
    for prefix, family in _FAMILIES.items():
        if code.startswith(prefix) and (known := family.get(code.removeprefix(prefix))):
            return known
    return Why(_("It could not be judged (%(code)s).") % {"code": code}, _LOOK)


def is_worded(code: str) -> bool:
    """Say whether a reason has words of its own; a test asks this for every reason that there is."""
    return any(code.startswith(prefix) and code.removeprefix(prefix) in family for prefix, family in _FAMILIES.items())


_FOLLOWS: Mapping[str, Words] = {
    Answer.KNOWN: gettext_lazy("known"),
    Answer.SUSPECT: gettext_lazy("suspect, a person looks"),
    Answer.HELD: gettext_lazy("held, a person looks"),
    Answer.CLEAR: gettext_lazy("clear, that is too little to refuse or to hold"),
}


def sentence(rule: Rule) -> str:
    """Say what a rule means, in one sentence."""
    pieces = [_what(rule)]
    if rule.category:
        pieces.append(_("for %(category)s") % {"category": Category(rule.category).label})
    pieces.append(_("from %(source)s") % {"source": _sources(rule.source)} if rule.source else _("from anybody"))
    if rule.least_confidence:
        pieces.append(_("when the source is at least %(percent)d %% sure") % {"percent": rule.least_confidence})
    answer = _FOLLOWS[rule.answer]
    if rule.answer in {Answer.KNOWN, Answer.SUSPECT}:
        case = _("and a case is opened") if rule.opens_case else _("and no case is opened")
        answer = _("%(answer)s, %(case)s") % {"answer": answer, "case": case}
    return _("%(when)s: %(answer)s.") % {"when": ", ".join(pieces), "answer": answer}


def _sources(begins: str) -> str:
    who, _colon, which = begins.partition(":")
    if who == "decision" and not which:
        return _("decisions of this desk")
    if who == "partner" and not which:
        return _("partners")
    return source(begins) if which else _("a source whose name begins with «%(name)s»") % {"name": begins}


def _what(rule: Rule) -> str:
    values = {"bits": rule.within, "share": rule.least_share_percent, "kind": rule.get_kind_display()}
    match rule.kind:
        case Kind.PDQ:
            return _("A picture within %(bits)d bits of a sign") % values
        case Kind.VPDQ if rule.least_share_percent:
            return _("A video with at least %(share)d %% of its frames within %(bits)d bits of a sign") % values
        case Kind.VPDQ:
            return _("A video with any frame within %(bits)d bits of a sign") % values
        case Kind.TLSH:
            return _("A text within the text distance %(bits)d of a sign") % values
        case Kind.MD5 | Kind.SHA1 | Kind.SHA256:
            return _("A file with the same %(kind)s as a sign") % values
        case Kind.URL:
            return _("An address that is a sign, or a page below it") % values
        case Kind.DOMAIN:
            return _("A host name that is a sign, or a name below it") % values
    if rule.least_share_percent:
        return _("Anything within %(bits)d of a sign, videos with at least %(share)d %% of their frames") % values
    return _("Anything within %(bits)d bits of a sign") % values
