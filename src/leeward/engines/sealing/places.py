"""What a sealed message is bound to, so that nobody can move it: its talk, its sender, its number."""

from __future__ import annotations

from uuid import UUID

INFO = b"leeward talk 1"


def aad(conversation_uid: UUID, sender: str, client_id: UUID) -> bytes:
    """Return what binds a message: `sender` is "child" or "counsellor"."""
    return conversation_uid.bytes + client_id.bytes + sender.encode("ascii")


def note_aad(conversation_uid: UUID, note_id: UUID) -> bytes:
    """Return what binds a counsellor's note to its talk."""
    return conversation_uid.bytes + note_id.bytes + b"note"


def private_aad(desk_uid: UUID, public: bytes) -> bytes:
    """Return what binds a copy of a desk's private key, or a share of it, to the desk and to the public key it belongs to."""
    return desk_uid.bytes + public + b"desk key"
