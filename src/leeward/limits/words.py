"""The words of the catalogue for pages: what can be kept away, and the safe forms of search.

The catalogue belongs to an engine, which knows no languages. Each sentence stands here once more as a literal, so that
translators find it; a test compares every one with the catalogue. Apps and sites are in `app_words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Words:
    """The title of an entry and a sentence that says what it means, in the language of the page."""

    title: str | Promise
    example: str | Promise


WORDS: Final[Mapping[str, Words]] = {
    "adult": Words(_("Sexual content for adults"), _("Sites made for adults that show or describe sex.")),
    "partly-adult": Words(
        _("Partly for adults"), _("General sites on which pages for adults stand among other pages.")
    ),
    "lingerie": Words(_("Underwear and swimwear"), _("Shops and magazines that show people in underwear.")),
    "dating": Words(_("Dating"), _("Sites and apps on which strangers look for a partner.")),
    "gambling": Words(_("Gambling"), _("Casinos, lotteries and betting, with real money or with points.")),
    "violence": Words(
        _("Violence and hatred"), _("Sites that show cruelty for fun or call for hatred of a group of people.")
    ),
    "weapons": Words(
        _("Weapons and dangerous things"), _("Weapon shops, and instructions for things that burn, explode or poison.")
    ),
    "drugs": Words(_("Drugs"), _("Sites that sell drugs or make them look harmless.")),
    "alcohol-tobacco": Words(
        _("Alcohol, tobacco and vaping"), _("Shops and advertising for alcohol, cigarettes and e-cigarettes.")
    ),
    "self-harm": Words(
        _("Self-harm and eating disorders"),
        _("Sites that urge people to hurt themselves or to starve. Helplines always stay open."),
    ),
    "cults": Words(_("Cults"), _("Groups that press their members to give up family, money or free will.")),
    "false-news": Words(_("False news"), _("Sites that pass off made-up stories as news.")),
    "hacking": Words(
        _("Breaking into computers"),
        _("Instructions and tools for breaking into other people's accounts and devices, or for knocking sites over."),
    ),
    "piracy": Words(
        _("Pirated films, games and programs"), _("Sites that hand out copies without the permission of their makers.")
    ),
    "malware": Words(_("Harmful software"), _("Sites that put viruses, spying programs or hidden mining on a device.")),
    "phishing": Words(
        _("Fake sites that steal"), _("Copies of banks, shops and log-in pages that are after passwords and money.")
    ),
    "scams": Words(
        _("Dishonest selling"), _("Fake prizes, sales traps, and expensive numbers that dial by themselves.")
    ),
    "changed-hands": Words(
        _("Names that changed hands"), _("Names that once stood for something good and now lead somewhere else.")
    ),
    "ads": Words(_("Advertising"), _("Companies that place advertisements in pages and apps.")),
    "social": Words(
        _("Social networks"), _("Places where people show themselves, follow others and scroll through posts.")
    ),
    "chat": Words(_("Chat"), _("Places for live talk with others, also with strangers.")),
    "forums": Words(_("Forums"), _("Boards on which people discuss and answer one another.")),
    "blogs": Words(_("Blogs"), _("Personal diaries and the sites that host them.")),
    "video": Words(_("Films and videos"), _("Sites for watching films, series and short videos.")),
    "music": Words(_("Music and radio"), _("Sites for listening to music and radio.")),
    "games": Words(_("Games"), _("Games in the browser, game shops and game servers.")),
    "shopping": Words(_("Shopping"), _("Shops, auctions and second-hand markets.")),
    "webmail": Words(_("Mail in the browser"), _("Sites for reading and writing e-mail.")),
    "file-hosting": Words(_("File stores"), _("Places where anybody can put files for others to fetch.")),
    "downloads": Words(_("Program downloads"), _("Sites that offer programs to install.")),
    "ai": Words(_("Artificial intelligence"), _("Programs that chat, write texts or make pictures.")),
    "cheating": Words(_("Cheating at school"), _("Sites that sell or show ready answers for homework and exams.")),
    "crypto-money": Words(_("Crypto money"), _("Trading and mining of digital coins.")),
    "finance": Words(_("Money and shares"), _("Share trading, loans and money news.")),
    "comics": Words(_("Comics and anime"), _("Sites for reading comics and watching drawn series.")),
    "celebrities": Words(_("Stars and gossip"), _("Magazines and fan sites about famous people.")),
    "sports": Words(_("Sports"), _("Sports news, results and live matches.")),
    "news": Words(_("News"), _("Newspapers and news channels.")),
    "remote-control": Words(_("Remote control"), _("Programs through which somebody else can see and steer a device.")),
    "short-links": Words(_("Short links"), _("Short addresses that do not show where they lead.")),
    "doh": Words(
        _("Other name servers"),
        _("Servers that answer for names in secret, so that the limits set here are passed by."),
    ),
    "vpn": Words(_("Tunnels"), _("VPN services and apps, which carry everything past the limits set here.")),
    "proxy": Words(
        _("Go-between sites"), _("Sites that fetch another page for you, so that the limits set here do not see it.")
    ),
    "tor": Words(_("Tor"), _("The Tor network, which hides who visits what.")),
    "nosafesearch": Words(
        _("Search without a safe form"), _("Search engines that cannot be set to leave out results for adults.")
    ),
    "dyndns": Words(
        _("Names for home servers"), _("Free names that anybody can point at a computer at home within minutes.")
    ),
    "safe-google": Words(_("Safe search on Google"), _("Google leaves out results and pictures for adults.")),
    "safe-youtube": Words(
        _("Restricted mode on YouTube"), _("YouTube leaves out many videos that are not for children, and comments.")
    ),
    "safe-bing": Words(_("Safe search on Bing"), _("Bing leaves out results and pictures for adults.")),
    "safe-duckduckgo": Words(
        _("Safe search on DuckDuckGo"), _("DuckDuckGo leaves out results and pictures for adults.")
    ),
}
