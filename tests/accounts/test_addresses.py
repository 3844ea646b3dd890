"""Where a request came from."""

import pytest

from yuanliu.accounts.queries import address_of

PROXY = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(
    ("proxy", "meta", "address"),
    [
        (None, {"REMOTE_ADDR": "192.0.2.1"}, "192.0.2.1"),
        (None, {"REMOTE_ADDR": "2001:db8::1"}, "2001:db8::1"),
        (None, {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "10.0.0.1"}, "192.0.2.1"),
        (None, {"REMOTE_ADDR": ""}, ""),
        (None, {}, ""),
        (
            PROXY,
            {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 8.8.8.8"},
            "8.8.8.8",
        ),
        (PROXY, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, evil"}, "127.0.0.1"),
        (PROXY, {"REMOTE_ADDR": "127.0.0.1"}, "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_nobody_outside_can_write(settings, proxy, meta, address):
    settings.SECURE_PROXY_SSL_HEADER = proxy
    assert address_of(meta) == address
