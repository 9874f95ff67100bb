"""What every test may ask for."""

from itsm_chassis.run import logs

pytest_plugins = ["support.servers", "support.tokens", "support.live"]

# The services' own form of logs; structlog's default renders every local variable of a traceback.
logs.configure("console", "test")
