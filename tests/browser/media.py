"""Hosts of media, as Tavus's and a customer's are: a server with ranges and CORS, and S3."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.running import serving

BUCKET = "calls.of-acme-1"
KEY = "c-in-s3/a b+c&d=e%2f?#ü~'.mp4"
"""Odd, but as S3 allows them. (A backslash django-storages takes for a slash.)"""
CREDENTIALS = {
    "aws_access_key_id": "anybody",
    "aws_secret_access_key": "anything",
    "region_name": "us-east-1",
}

SECONDS = 12
PICTURE = f"testsrc2=size=320x180:rate=25:duration={SECONDS}"
TONE = f"sine=frequency=440:duration={SECONDS}"


class Handler(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Accept-Ranges", "bytes")
        super().end_headers()

    def do_GET(self) -> None:
        """With ranges, without which a browser cannot seek."""
        wanted = self.headers.get("Range", "").removeprefix("bytes=")
        path = Path(self.translate_path(self.path))
        if not wanted or not path.is_file():
            super().do_GET()
            return
        content = path.read_bytes()
        first, _, last = wanted.partition("-")
        start, end = int(first or 0), int(last or len(content) - 1)
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
        self.send_header("Content-Length", str(end + 1 - start))
        self.end_headers()
        self.wfile.write(content[start : end + 1])

    def log_message(self, *args: Any) -> None:
        pass


def host_of(folder: Path) -> AbstractContextManager[str]:
    """The folder's origin, while it is served."""
    return serving(partial(Handler, directory=folder))


@contextmanager
def s3_with(bucket: str, key: str) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """The origin of an S3 server with an empty bucket, and what puts a file there under the key."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    origin = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=origin, **CREDENTIALS)
    client.create_bucket(Bucket=bucket)

    def put(path: Path) -> None:
        more = {"ContentType": "video/mp4"}
        client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes(), **more)

    try:
        yield origin, put
    finally:
        server.stop()


def film(folder: Path) -> None:
    """Make `film.mp4`, and the same as a stream, `film.m3u8`."""
    sources = ["-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", TONE]
    coded = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac"]
    hls = ["-hls_time", "2", "-hls_list_size", "0"]
    for name, options in (("film.mp4", ["-movflags", "+faststart"]), ("film.m3u8", hls)):
        command = ["ffmpeg", "-v", "error", *sources, *coded, *options, str(folder / name)]
        subprocess.run(command, check=True)  # noqa: S603
