"""The ClickHouse store of one machine: the embedded engine behind ClickHouse's HTTP protocol.

Everybody, the shipper as well as an analyst's notebook, talks to it through plain
``clickhouse_connect.get_client(host, port)``, as to a ClickHouse server.
"""

from haechi.streams.store.server import Limits, serve
from haechi.streams.store.users import Role, User, load_users, new_users, save_users

__all__ = ["Limits", "Role", "User", "load_users", "new_users", "save_users", "serve"]
