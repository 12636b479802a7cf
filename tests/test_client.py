"""Clients are told apart by what cannot be forged."""

import doctest
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.config import Config
from publisher.errors import SettingError
from publisher.web import client
from publisher.web.client import Clients, read_address

PROXIES = Clients([ip_network("127.0.0.0/8"), ip_network("10.1.0.0/16"), ip_network("2001:db8:1::/48")])


def test_the_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(client).failed == 0


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:2:3:4:5:6:7", "2001:db8:2:3::/64"),
        ("2001:db8:2:3::", "2001:db8:2:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "local"),
        ("unix:/run/publisher.sock", "local"),
    ],
)
def test_without_a_trusted_proxy_the_connection_decides(address: str, client: str) -> None:
    assert Clients([]).of({"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": "198.51.100.1"}) == client


def test_an_environment_without_an_address_has_a_client_too() -> None:
    assert Clients([]).of({}) == PROXIES.of({}) == PROXIES.of({"REMOTE_ADDR": None}) == "local"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("198.51.100.1, 192.0.2.7", "192.0.2.7"),
        ("198.51.100.1,192.0.2.7 , 10.1.2.3,127.0.0.5", "192.0.2.7"),
        ("192.0.2.7:8080", "192.0.2.7"),
        ("[2001:db8:2:3::9]:8080", "2001:db8:2:3::/64"),
        ('"[2001:db8:2:3::9]"', "2001:db8:2:3::/64"),
        ("2001:db8:1::7", "2001:db8:1::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("198.51.100.1, unknown", "127.0.0.1"),
        ("198.51.100.1, 999.1.1.1, 10.1.2.3", "10.1.2.3"),
        ("198.51.100.1,", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("10.1.0.1, 10.1.0.2", "10.1.0.1"),
        (", ".join(["198.51.100.1", *["10.1.0.9"] * 100]), "10.1.0.9"),
    ],
)
def test_from_a_trusted_proxy_the_last_address_that_is_not_ours_decides(forwarded: str, client: str) -> None:
    assert PROXIES.of({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}) == client
    assert PROXIES.of({"REMOTE_ADDR": "::ffff:127.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}) == client


def test_what_a_stranger_says_of_others_is_not_believed() -> None:
    assert PROXIES.of({"REMOTE_ADDR": "203.0.113.5", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}) == "203.0.113.5"


def test_a_connection_through_a_unix_socket_is_our_proxys() -> None:
    assert PROXIES.of({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}) == "192.0.2.7"


@given(st.text(), st.text())
def test_whatever_is_sent_has_a_key(address: str, forwarded: str) -> None:
    key = PROXIES.of({"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": forwarded})

    assert key == "local" or read_address(key.partition("/")[0])


def test_trusted_proxies_are_networks_with_commas_between() -> None:
    config = Config.from_environment({"PUBLISHER_TRUSTED_PROXIES": "127.0.0.1, 10.1.0.0/16,::1/128"})

    assert config.trusted_proxies == (ip_network("127.0.0.1/32"), ip_network("10.1.0.0/16"), ip_network("::1/128"))
    assert Config.from_environment({"PUBLISHER_TRUSTED_PROXIES": str(config.trusted_proxies)}) == config
    assert Config.from_environment({"PUBLISHER_TRUSTED_PROXIES": ""}).trusted_proxies == ()


@pytest.mark.parametrize("value", ["localhost", "10.1.0.1/16", "10.0.0.0/33", "127.0.0.1;::1", "10.*"])
def test_a_wrong_network_is_named_with_its_setting(value: str) -> None:
    with pytest.raises(SettingError) as caught:
        Config.from_environment({"PUBLISHER_TRUSTED_PROXIES": value})

    assert "PUBLISHER_TRUSTED_PROXIES" in caught.value.detail
