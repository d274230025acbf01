from tests.broker import broker  # noqa: F401
