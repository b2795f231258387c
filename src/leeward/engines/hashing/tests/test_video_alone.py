"""A stranger's video opens nothing: no other file, no address."""

import contextlib
import io
import socket
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from leeward.engines.hashing import video
from leeward.engines.hashing._video_source import container_of
from leeward.engines.hashing.tests import boxes, clips
from leeward.engines.hashing.video import VideoRefusalReason, VideoRefused


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def refusal(data: bytes) -> VideoRefusalReason:
    with pytest.raises(VideoRefused) as refused:
        video.ask(data)
    return refused.value.reason


def playlists(place: str) -> dict[str, bytes]:
    return {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{place}\n#EXT-X-ENDLIST\n".encode(),
        "concat": f"ffconcat version 1.0\nfile '{place}'\n".encode(),
        "dash": f'<?xml version="1.0"?><MPD><Period><BaseURL>{place}</BaseURL></Period></MPD>'.encode(),
        "sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=video 9 RTP/AVP 96\r\n",
    }


def test_a_playlist_is_no_video_and_nothing_is_asked_of_its_address(listener: socket.socket, tmp_path: Path) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(clips.clip("ts"))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/secret.ts"

    for place in (address, str(secret), f"file://{secret}"):
        for data in playlists(place).values():
            assert refusal(data) is VideoRefusalReason.NOT_A_VIDEO
            assert refusal(data + bytes(2_000)) is VideoRefusalReason.NOT_A_VIDEO
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("container", ["mp4", "mkv", "avi", "ts", "flv", "gif"])
def test_a_playlist_behind_the_signature_of_a_video_leads_nowhere(container: str, listener: socket.socket) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts"
    head = clips.clip(container)[:600]

    for data in playlists(address).values():
        with contextlib.suppress(VideoRefused):
            video.ask(head + data * 20)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_only_named_demuxers_are_used() -> None:
    found = {container_of(clips.clip(container)[:700]) for container in clips.CONTAINERS}

    assert found == {"mov", "matroska", "avi", "mpegts", "flv", "gif"}


def with_alias(path: Path) -> bytes:
    return boxes.changed(clips.clip("mov"), b"dref", lambda _: boxes.reference(str(path).encode()))


def test_a_video_whose_pictures_lie_in_another_file_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mov"
    secret.write_bytes(clips.clip("mov"))

    assert refusal(with_alias(secret)) is VideoRefusalReason.NAMES_OTHER_FILES


def test_the_demuxer_would_follow_that_reference_if_it_were_let(tmp_path: Path) -> None:
    asked: list[str] = []

    def noted(address: str, *_: object) -> object:
        asked.append(address)
        raise FileNotFoundError

    data = with_alias(tmp_path / "secret.mov")
    options = {"enable_drefs": "1", "use_absolute_path": "1"}
    with pytest.raises(FileNotFoundError):
        av.open(io.BytesIO(data), "r", format="mov", container_options=options, io_open=noted)

    assert [address.endswith("secret.mov") for address in asked] == [True]


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    data = clips.clip()

    video.ask(data)
    for cut in (100, 3_000, len(data) - 200):
        assert refusal(data[:cut])

    assert capfd.readouterr() == ("", "")
