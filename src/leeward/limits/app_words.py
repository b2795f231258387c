"""The words of apps and sites. Their names stay as they are where a language has no other; the rest is translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from leeward.limits.words import Words

APP_WORDS: Final[Mapping[str, Words]] = {
    "youtube": Words(_("YouTube"), _("The app and the site YouTube: videos.")),
    "tiktok": Words(_("TikTok"), _("The app and the site TikTok: short videos.")),
    "instagram": Words(_("Instagram"), _("The app and the site Instagram: pictures and messages.")),
    "facebook": Words(_("Facebook"), _("The app and the site Facebook: a social network.")),
    "messenger": Words(_("Messenger"), _("The app and the site Messenger: messages.")),
    "whatsapp": Words(_("WhatsApp"), _("The app and the site WhatsApp: messages and calls.")),
    "threads": Words(_("Threads"), _("The app and the site Threads: a social network.")),
    "snapchat": Words(_("Snapchat"), _("The app and the site Snapchat: pictures and messages.")),
    "discord": Words(_("Discord"), _("The app and the site Discord: chat and voice groups.")),
    "telegram": Words(_("Telegram"), _("The app and the site Telegram: messages and channels.")),
    "signal": Words(_("Signal"), _("The app and the site Signal: messages and calls.")),
    "viber": Words(_("Viber"), _("The app and the site Viber: messages and calls.")),
    "line": Words(_("LINE"), _("The app and the site LINE: messages and calls.")),
    "wechat": Words(_("WeChat"), _("The app and the site WeChat: messages and payments.")),
    "kakaotalk": Words(_("KakaoTalk"), _("The app and the site KakaoTalk: messages and calls.")),
    "x": Words(_("X (Twitter)"), _("The app and the site X (Twitter): a social network.")),
    "reddit": Words(_("Reddit"), _("The app and the site Reddit: forums.")),
    "pinterest": Words(_("Pinterest"), _("The app and the site Pinterest: pictures.")),
    "tumblr": Words(_("Tumblr"), _("The app and the site Tumblr: blogs and pictures.")),
    "bluesky": Words(_("Bluesky"), _("The app and the site Bluesky: a social network.")),
    "vk": Words(_("VK"), _("The app and the site VK: a social network.")),
    "bereal": Words(_("BeReal"), _("The app and the site BeReal: pictures.")),
    "nine-gag": Words(_("9GAG"), _("The app and the site 9GAG: jokes and videos.")),
    "twitch": Words(_("Twitch"), _("The app and the site Twitch: live video.")),
    "kick": Words(_("Kick"), _("The app and the site Kick: live video.")),
    "vimeo": Words(_("Vimeo"), _("The app and the site Vimeo: videos.")),
    "dailymotion": Words(_("Dailymotion"), _("The app and the site Dailymotion: videos.")),
    "netflix": Words(_("Netflix"), _("The app and the site Netflix: films and series.")),
    "disney-plus": Words(_("Disney+"), _("The app and the site Disney+: films and series.")),
    "prime-video": Words(_("Prime Video"), _("The app and the site Prime Video: films and series.")),
    "spotify": Words(_("Spotify"), _("The app and the site Spotify: music.")),
    "soundcloud": Words(_("SoundCloud"), _("The app and the site SoundCloud: music.")),
    "roblox": Words(_("Roblox"), _("The app and the site Roblox: games made by players.")),
    "minecraft": Words(_("Minecraft"), _("The app and the site Minecraft: a game.")),
    "epic-games": Words(_("Fortnite and Epic Games"), _("The app and the site Fortnite and Epic Games: games.")),
    "steam": Words(_("Steam"), _("The app and the site Steam: a game shop.")),
    "xbox": Words(_("Xbox"), _("The app and the site Xbox: games and voice chat.")),
    "playstation": Words(_("PlayStation"), _("The app and the site PlayStation: games and voice chat.")),
    "nintendo": Words(_("Nintendo"), _("The app and the site Nintendo: games.")),
    "ea": Words(_("Electronic Arts"), _("The app and the site Electronic Arts: games.")),
    "ubisoft": Words(_("Ubisoft"), _("The app and the site Ubisoft: games.")),
    "blizzard": Words(_("Battle.net"), _("The app and the site Battle.net: games.")),
    "riot-games": Words(_("Riot Games"), _("The app and the site Riot Games: games.")),
    "supercell": Words(_("Supercell"), _("The app and the site Supercell: games for phones.")),
    "wattpad": Words(_("Wattpad"), _("The app and the site Wattpad: stories by readers.")),
    "chatgpt": Words(_("ChatGPT"), _("The app and the site ChatGPT: a chatting program.")),
    "character-ai": Words(_("Character.AI"), _("The app and the site Character.AI: chatting characters.")),
    "gemini": Words(_("Gemini"), _("The app and the site Gemini: a chatting program.")),
    "tinder": Words(_("Tinder"), _("The app and the site Tinder: dating.")),
    "temu": Words(_("Temu"), _("The app and the site Temu: a shop.")),
    "shein": Words(_("SHEIN"), _("The app and the site SHEIN: a shop.")),
}
