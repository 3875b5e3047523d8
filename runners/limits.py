"""BentoML's settings that both runners share."""

from typing import Any

from operations.settings import get_settings

# BentoML's own limits stay out of reach, since deadlines belong to the public service: the timeout lies beyond every
# deadline (but is not endless, since a request whose handler raises is only let go by it), and the session to a
# runner is not renewed, since BentoML closes it every 100 requests or 300 s with requests in flight.
SERVICE: dict[str, Any] = {
    "workers": 1,
    "traffic": {"timeout": get_settings().request_deadline_s + 60},
    "runner_connection": {"max_requests": 10**9, "max_age": 1e9},
}
