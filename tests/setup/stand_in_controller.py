"""The least that the parent takes for a controller: healthy on the control socket, gone on SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path

home = Path(os.environ["RINGHALL_HOME"])
fault = home / "die-at-start"
if fault.exists():
    sys.stdout.write(json.dumps({"event": "cannot_go_on", "reason": "the site has an error"}) + "\n")
    sys.exit(3)
if not (home / "deaf").exists():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
secrets = home / "secrets"
secrets.mkdir(exist_ok=True)
(secrets / "phones.json").write_text(
    json.dumps(
        {
            "phones": [{"name": "phone-1", "secret": "s3cret"}],
            "agents": [{"number": "1001", "pin": "123456", "name": "Ada"}],
        }
    )
)
path = home / "control.sock"
path.unlink(missing_ok=True)
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
    server.bind(str(path))
    server.listen(5)
    while True:
        caller, _ = server.accept()
        with caller:
            caller.recv(4096)
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
