"""From a call's metadata to a caller with a scope in the core's terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import grpc

from haechi.rpc.identity import CACHED_MAX, Keyring, Principal, Unauthenticated
from haechi.rpc.names import Names
from haechi.rpc.roles import METHODS, Role

AUTHORIZATION: Final = "authorization"
_SCHEME: Final = "Bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal whose scope was looked up in the port.

    Parameters
    ----------
    principal
        Who it is.
    places
        Tokens of the gates and devices in its scope; None for all.
    sites
        Tokens of the sites at which those stand; None for all.
    """

    principal: Principal
    places: frozenset[int] | None
    sites: frozenset[int] | None

    @property
    def role(self) -> Role:
        """Its role."""
        return self.principal.role

    @property
    def name(self) -> str:
        """Its name, which becomes the source of what it sends."""
        return self.principal.name

    def has(self, place: int) -> bool:
        """Whether a gate or device is in its scope."""
        return self.places is None or place in self.places

    def has_site(self, site: int) -> bool:
        """Whether one of its gates or devices stands at a site."""
        return self.sites is None or site in self.sites


class Callers:
    """Tells who calls, and whether this method is theirs.

    Parameters
    ----------
    keyring
        Checks tokens.
    names
        The port's names, in which scopes are looked up.
    """

    def __init__(self, keyring: Keyring, names: Names) -> None:
        self._keyring = keyring
        self._names = names
        self._known: dict[str, Caller] = {}

    def of(self, context: grpc.ServicerContext, method: str) -> Caller:
        """Tell who calls a method; ends the call if it is not theirs.

        The call ends with UNAUTHENTICATED if no good token came, and with PERMISSION_DENIED if
        the role may not call the method.
        """
        token = ""
        for key, value in context.invocation_metadata():
            if key == AUTHORIZATION:
                token = value if isinstance(value, str) else ""
        if not token.startswith(_SCHEME):
            context.abort(
                grpc.StatusCode.UNAUTHENTICATED,
                "no token: send metadata 'authorization: Bearer TOKEN', with the text of a "
                ".token file from the data directory's secrets/",
            )
        try:
            principal = self._keyring.verify(token[len(_SCHEME) :])
        except Unauthenticated as error:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, str(error))
        if principal.role not in METHODS[method]:
            allowed = ", ".join(sorted(METHODS[method]))
            context.abort(
                grpc.StatusCode.PERMISSION_DENIED,
                f"{principal.name} has role {principal.role}; {method.rpartition('/')[2]} is "
                f"for: {allowed}",
            )
        return self._known.get(token) or self._looked_up(token, principal)

    def _looked_up(self, token: str, principal: Principal) -> Caller:
        if principal.everywhere:
            caller = Caller(principal, None, None)
        else:
            places = self._names.within(principal.scope)
            caller = Caller(
                principal,
                frozenset(place.token for place in places),
                frozenset(place.site for place in places),
            )
        if len(self._known) >= CACHED_MAX:
            self._known.clear()
        self._known[token] = caller
        return caller
