"""The live page: one process that watches the port and shows it to people who logged in.

`application` joins the parts; `poller` asks the store and the engine once a second for everybody,
`sessions` knows who looks, and `looks` keeps what they looked at.
"""
