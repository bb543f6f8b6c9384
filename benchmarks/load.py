"""Posts to a server on the loopback interface over several connections, and times the answers."""

import socket
import threading
import time
from dataclasses import dataclass, field

from .bodies import Body


@dataclass
class Slice:
    """What came of posting for a while."""

    seconds: float = 0
    latencies: list[float] = field(default_factory=list)
    """Of every answer with status 200, in seconds."""
    others: list[bytes] = field(default_factory=list)
    """The first lines of all other answers."""

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds


def post_for(seconds: float, *, port: int, path: str, body: Body, connections: int) -> Slice:
    """Post one body after the other on each connection until the time is over."""
    done = Slice()
    lock = threading.Lock()
    until = time.perf_counter() + seconds

    def client() -> None:
        latencies: list[float] = []
        others: list[bytes] = []
        while (began := time.perf_counter()) < until:
            with lock:
                content = body()
            status = _post(port, path, content)
            if b" 200 " in status:
                latencies.append(time.perf_counter() - began)
            else:
                others.append(status)
        with lock:
            done.latencies += latencies
            done.others += others

    threads = [threading.Thread(target=client) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.seconds = time.perf_counter() - began
    return done


def _post(port: int, path: str, content: bytes) -> bytes:
    """The first line of the answer. A connection for each request: sync workers keep none."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode() + content)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer.partition(b"\r\n")[0]
