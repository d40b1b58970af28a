"""One Valkey server: its configuration, how it is started and asked whether it is ready."""

import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ops_portal.launch.system import Account, give, private_folder


@dataclass(frozen=True)
class Valkey:
    """One Valkey server on loopback with a password, kept in an append-only file."""

    program: Path
    data: Path
    port: int
    password: str
    account: Account | None
    durable: bool = True

    death_signal = signal.SIGTERM

    def make(self) -> None:
        """Write the folder and the configuration file; the password stands in the file, not on the command line."""
        private_folder(self.data, self.account)
        settings = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f"dir {self.data}",
            f"appendonly {'yes' if self.durable else 'no'}",
            'save ""',
            "maxmemory-policy noeviction",
            "daemonize no",
            "databases 32",
        ]
        target = self.data / "valkey.conf"
        target.touch(mode=0o600)
        target.write_text("\n".join(settings) + "\n", encoding="utf-8")
        give(target, self.account)

    def command(self) -> list[str]:
        """How the server is started."""
        return [str(self.program), str(self.data / "valkey.conf")]

    def is_ready(self, _pid: int = 0) -> bool:
        """Whether it answers a PING with our password (it says LOADING while it reads its file)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
                line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = line.recv(512)
                    if not part:
                        return False
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    @property
    def url(self) -> str:
        """Address for cache, sessions and the broker."""
        return f"redis://:{quote(self.password, safe='')}@127.0.0.1:{self.port}/0"
