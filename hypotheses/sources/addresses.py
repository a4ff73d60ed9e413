"""Which addresses a source may dial: those of the open internet, and what an operator allows beside them."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""Addresses that carry an IPv4 address in their last 32 bits (RFC 6052, RFC 8215)."""
SERVICES: Final = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"))
"""Addresses of a cloud's own services that Python takes for the open internet (Azure's and Oracle's)."""

Network = IPv4Network | IPv6Network


def permitted(text: str, networks: tuple[Network, ...] = ()) -> bool:
    """Whether an address (as the resolver gave it, with or without a zone) may be dialled."""
    address = ip_address(text.partition("%")[0])
    faces = [address, *_carried(address)]
    if any(face in network for face in faces for network in networks if face.version == network.version):
        return True
    return all(_is_open(face) for face in faces)


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in network for network in SERVICES)


def _carried(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in NAT64):
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in found if each is not None]
