"""Know who stands at the door: a person with a session, or a program with a person's key."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from yuanliu.accounts import rules
from yuanliu.accounts.actions import use_api_key
from yuanliu.accounts.models import ApiKey, User
from yuanliu.accounts.queries import address_of
from yuanliu.api.refusals import CsrfFailed, NotLoggedIn
from yuanliu.base.refusal import NotAllowed
from yuanliu.capture.gate import Caller

CHANNEL = "api"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Principal:
    """The person for whom the request speaks, and the key it showed, if any."""

    user: User
    key: ApiKey | None = None

    @property
    def may_read(self) -> bool:
        """Tell whether the caller may read: every person may, a key only with the scope `read`."""
        return self.key is None or rules.READ in self.key.scopes

    @property
    def may_write(self) -> frozenset[str]:
        """Give the actions the caller may take; a key never opens more than its person may do."""
        scopes = (rules.WRITE,) if self.key is None else self.key.scopes
        return rules.writable(scopes=scopes, may_write=self.user.is_staff)

    def checked_for(self, request: HttpRequest) -> Principal:
        """Return itself if it may ask this way; the gate judges writing. Raises NotAllowed."""
        if request.method in READING and not self.may_read:
            raise NotAllowed(actor=self.user.username, action=rules.READ)
        return self


class ApiKeyAuth(HttpBearer):
    """A key in the header `Authorization: Bearer …`."""

    def authenticate(self, request: HttpRequest, token: str) -> Principal:
        """Find who shows the key. Raises NotLoggedIn for one that opens nothing, NotAllowed."""
        key = use_api_key(token, now=now_at_the_door())
        if key is None:
            raise NotLoggedIn
        return Principal(key.user, key).checked_for(request)


class SessionAuth(AuthBase):
    """A person's session; whatever writes must also carry the session's token (CSRF)."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = "sessionid"
    csrf = True

    def __call__(self, request: HttpRequest) -> Principal | None:
        """Find whose session it is, or None. Raises CsrfFailed, NotAllowed."""
        if not isinstance(request.user, User):
            return None
        if check_csrf(request) is not None:
            raise CsrfFailed
        return Principal(request.user).checked_for(request)


def caller_of(request: HttpRequest) -> Caller:
    """Describe to the gate who asks."""
    principal: Principal = request.auth  # type: ignore[attr-defined]
    return Caller(
        actor=principal.user.username,
        channel=CHANNEL,
        device=f"key:{principal.key.prefix}" if principal.key else "",
        ip=address_of(request.META),
        may_write=principal.may_write,
    )


def now_at_the_door() -> int:
    """Read the clock: microseconds since 1970 UTC."""
    return time.time_ns() // 1_000
