"""Which addresses may be dialled."""

from ipaddress import ip_network

import pytest

from hypotheses.sources.addresses import permitted


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_the_open_internet_may(address):
    assert permitted(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104
        "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1",
        "::", "::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:a00:1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::80ff:fffe",
    ],
)  # fmt: skip
def test_the_inside_of_networks_may_not(address):
    assert not permitted(address)


def test_what_an_operator_allows_may_and_nothing_beside_it():
    allowed = (ip_network("10.1.0.0/16"), ip_network("fd00:1::/64"))
    assert [permitted(each, allowed) for each in ("10.1.2.3", "10.2.0.1", "fd00:1::5", "fd00:2::5", "127.0.0.1")] == [
        True, False, True, False, False,
    ]  # fmt: skip
    assert permitted("::ffff:10.1.2.3", allowed), "the same address in another dress"
