"""Unit tests touch no network and no server."""

import socket

import pytest
from pytest_socket import SocketBlockedError


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX])
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_unit_test_that_opens_a_socket_fails(family: socket.AddressFamily) -> None:
    with pytest.raises(SocketBlockedError):
        socket.socket(family)
