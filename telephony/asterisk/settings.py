"""What a site may say about its Asterisk: addresses, ports, trunks, limits."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,39}$")]
Codec = Literal["ulaw", "alaw", "g722", "opus"]


def _config_word(value: str) -> str:
    """Refuse what would end a value, start a comment or a section in Asterisk's configuration files."""
    if not value or re.search(r"[\s;\[\]\\\x00-\x1f]", value):
        raise ValueError("must be one word without spaces, semicolons, brackets or backslashes")
    return value


def _secret_word(value: SecretStr) -> SecretStr:
    _config_word(value.get_secret_value())
    return value


def _address(value: str) -> str:
    """Accept an IP address; a name would make Asterisk ask DNS for its own listening address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an IP address") from None
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{value!r} is not a network such as 192.168.0.0/16") from None
    return value


Word = Annotated[str, AfterValidator(_config_word)]
Secret = Annotated[SecretStr, AfterValidator(_secret_word)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Registration(_Settings):
    """How Ringhall registers with a carrier, so that the carrier knows where to send calls."""

    server: Word
    """Host, or host:port, of the carrier's registrar."""
    username: Word
    secret: Secret
    expires_s: Annotated[int, Field(ge=60, le=86400)] = 300


class GatewayLogin(_Settings):
    """How a gateway registers with Ringhall, under the trunk's name as its user."""

    secret: Secret


class Trunk(_Settings):
    """A line to the world: a carrier or a gateway whose calls are let in."""

    name: Name
    addresses: tuple[Word, ...] = ()
    """Addresses, networks or host names that its calls come from."""
    server: Word | None = None
    """Host, or host:port, that outgoing calls are sent to; None: the registration's server, or the address
    that the gateway registered, and without either no call can go out."""
    qualify_s: Annotated[int, Field(ge=0, le=3600)] = 0
    """How often the server is asked whether it is there (OPTIONS), so that one that is not is passed over at
    once; 0: never, for carriers that do not answer."""
    transport: Literal["udp", "tcp"] = "udp"
    """How Ringhall sends to it; both are always accepted from it."""
    registration: Registration | None = None
    gateway: GatewayLogin | None = None
    codecs: tuple[Codec, ...] = ("ulaw", "alaw")

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if not self.addresses and self.registration is None and self.gateway is None:
            raise ValueError(
                f"trunk {self.name!r} could never be recognised: give it addresses, registration or gateway"
            )
        return self


class AsteriskSettings(_Settings):
    """The part of the settings that Asterisk's own configuration is rendered from."""

    bind_address: Address = "0.0.0.0"  # noqa: S104 - phones and trunks come from elsewhere
    """Where SIP and RTP listen.  HTTP, ARI and AMI always listen on ``control_address``."""
    control_address: Address = "127.0.0.1"
    sip_port: Port = 5060
    rtp_start: Port = 10000
    rtp_end: Port = 20000
    http_port: Port = 8088
    ami_port: Port = 5038
    external_address: Word | None = None
    """Address by which the outside reaches us through a NAT; None without a NAT."""
    local_nets: tuple[Network, ...] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")
    """Networks that reach us directly; asked about only with an ``external_address``."""
    trunks: tuple[Trunk, ...] = (Trunk(name="loopback", addresses=("127.0.0.1",)),)
    max_calls: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Channels beyond which new calls are refused with 503 (a talk with an agent takes two)."""
    max_callers: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Callers at the same time; further ones are refused before the controller hears of them, so that those
    who are on are served as ever.  None: two fifths of ``max_calls``."""
    when_full: Literal["refuse", "say"] = "refuse"
    """What becomes of further callers: 503 at once, or words (early media, not charged) and then 503."""
    phones_share_trunk_address: bool | None = None
    """True when phones and a trunk come from the same address (docs/install.md); None: when a trunk's
    address is this machine's own."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [trunk.name for trunk in self.trunks]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two trunks are named {doubled[0]!r}; give each a name of its own")
        if self.most_callers > self.max_calls:
            raise ValueError(
                f"max_callers {self.max_callers} is more than max_calls {self.max_calls}, all channels;"
                " a talk with an agent takes two"
            )
        if self.rtp_end - self.rtp_start < 3:
            raise ValueError(
                f"rtp_start {self.rtp_start} … rtp_end {self.rtp_end} leaves no room for a call;"
                " each takes two ports"
            )
        tcp = {"sip_port": self.sip_port, "http_port": self.http_port, "ami_port": self.ami_port}
        if len(set(tcp.values())) < len(tcp):
            raise ValueError(f"{', '.join(tcp)} must differ, they are {', '.join(map(str, tcp.values()))}")
        if not ipaddress.ip_address(self.control_address).is_loopback:
            raise ValueError(
                f"control_address {self.control_address} is not a loopback address: Asterisk's control ports"
                " carry passwords unencrypted"
            )
        return self

    @property
    def most_callers(self) -> int:
        """Callers at the same time."""
        return max(1, self.max_calls * 2 // 5) if self.max_callers is None else self.max_callers

    def usernames_first(self) -> bool:
        """Tell whether a SIP request is recognised by its user name before its address.

        Only then may phones share a trunk's address; the price is that a caller whose number equals a
        phone's name is asked for the phone's password (and so refused).  Otherwise whatever comes from a
        trunk's address is the trunk's.
        """
        if self.phones_share_trunk_address is not None:
            return self.phones_share_trunk_address
        return any(_is_loopback(address) for trunk in self.trunks for address in trunk.addresses)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_network(address, strict=False).is_loopback
    except ValueError:
        return address == "localhost"
