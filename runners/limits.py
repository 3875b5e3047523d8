"""BentoML's settings that all runners share."""

from typing import Any

from operations.settings import get_settings

# BentoML's own limits stay out of reach, since deadlines belong to the public service. The timeout lies
# beyond every deadline, but is not endless, since a request whose handler raises is only let go by it. The
# session to a runner is not renewed: BentoML would close it with requests in flight.
SERVICE: dict[str, Any] = {
    "workers": 1,
    # The public service logs each request once; a line per item would bury that.
    "logging": {"access": {"enabled": False}},
    "traffic": {"timeout": get_settings().request_deadline_s + 60},
    "runner_connection": {"max_requests": 10**9, "max_age": 1e9},
}
