"""A bare Asterisk with three phones, a trunk, and a dialplan that answers, echoes and connects."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from speech.tones import tone
from telephony.programs import find_program, free_port_run, free_ports, private_prefix
from telephony.wav import write_wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PHONES = [(f"phone-{number}", f"secret-{number}") for number in (1, 2, 3)]

_MODULES = """
app_dial app_echo app_playback app_playtones app_read app_verbose bridge_builtin_features bridge_simple
bridge_native_rtp codec_ulaw chan_pjsip format_pcm func_channel func_callerid pbx_config res_pjproject
res_pjsip res_pjsip_authenticator_digest res_pjsip_caller_id res_pjsip_dtmf_info
res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_nat res_pjsip_pubsub
res_pjsip_registrar res_pjsip_rfc3326 res_pjsip_sdp_rtp res_pjsip_session res_rtp_asterisk res_sorcery_astdb
res_sorcery_config res_sorcery_memory res_timing_timerfd
"""

_TRUNK = """
[global]
type=global
endpoint_identifier_order=username,ip
[udp]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[trunk]
type=endpoint
context=from-trunk
disallow=all
allow=ulaw
dtmf_mode=auto
direct_media=no
[trunk]
type=identify
endpoint=trunk
match=127.0.0.1
"""

_PHONE = """
[{name}]
type=endpoint
context=from-phones
disallow=all
allow=ulaw
auth={name}
aors={name}
direct_media=no
rewrite_contact=yes
[{name}]
type=auth
username={name}
password={secret}
[{name}]
type=aor
max_contacts=1
remove_existing=yes
qualify_frequency=2
"""

_DIALPLAN = """
[from-trunk]
exten => 1,1,Dial(PJSIP/phone-1,20)
exten => 2,1,Dial(PJSIP/phone-2,20)
exten => 3,1,Dial(PJSIP/phone-3,2)
exten => 600,1,Answer()
 same => n,Echo()
; a silent half second, then a tone
exten => 800,1,Answer()
 same => n,Playtones(!0/500,700)
 same => n,Wait(5)
; reads keys and calls the phone whose caller id is then those keys
exten => 700,1,Answer()
 same => n,Read(KEYS,,4,,1,8)
 same => n,Set(CALLERID(num)=${KEYS})
 same => n,Dial(PJSIP/phone-1,20)
[from-phones]
exten => 600,1,Answer()
 same => n,Echo()
"""


class BareAsterisk:
    """A running Asterisk and its address."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_ports(1)[0]
        self.server = f"127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        rtp = free_port_run(100, step=2)
        etc = self.home / "etc"
        for folder in ("etc", "db", "run", "log", "spool"):
            (self.home / folder).mkdir()
        prefix = private_prefix()
        places = {
            "astetcdir": etc,
            "astmoddir": prefix / "usr/lib/x86_64-linux-gnu/asterisk/modules",
            "astvarlibdir": self.home,
            "astdatadir": prefix / "usr/share/asterisk",
            **dict.fromkeys(("astdbdir", "astkeydir"), self.home / "db"),
            "astrundir": self.home / "run",
            "astlogdir": self.home / "log",
            "astspooldir": self.home / "spool",
        }
        modules = "".join(f"load={name}.so\n" for name in _MODULES.split())
        files = {
            "asterisk.conf": "[directories]\n"
            + "".join(f"{key} => {value}\n" for key, value in places.items()),
            "modules.conf": f"[modules]\nautoload=no\n{modules}",
            "logger.conf": "[logfiles]\nfull => notice,warning,error,verbose,dtmf\n",
            "rtp.conf": f"[general]\nrtpstart={rtp}\nrtpend={rtp + 99}\n",
            "extensions.conf": _DIALPLAN,
            "pjsip.conf": _TRUNK.format(port=self.port)
            + "".join(_PHONE.format(name=name, secret=secret) for name, secret in PHONES),
        }
        for name, text in files.items():
            (etc / name).write_text(text)
        command = [str(find_program("asterisk")), "-f", "-C", str(etc / "asterisk.conf")]
        with (self.home / "out.log").open("wb") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            assert self._process.poll() is None, (self.home / "out.log").read_text()
            # refused until the console's socket is there, answered when everything is loaded
            asked = [command[0], "-C", command[3], "-rx", "core waitfullybooted"]
            told = subprocess.run(asked, capture_output=True, timeout=15, check=False)
            if b"fully booted" in told.stdout:
                return
            time.sleep(0.02)
        raise AssertionError("Asterisk did not boot in 15 s")

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareAsterisk]:
    bare = BareAsterisk(tmp_path_factory.mktemp("asterisk"))
    bare.start()
    yield bare
    bare.stop()


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """WAV files of a second, by frequency in Hz."""
    folder = tmp_path_factory.mktemp("tones")
    return {hz: write_wav(folder / f"{hz}.wav", tone(hz, 1.0).tobytes()) for hz in (440, 1000)}
