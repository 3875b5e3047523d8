"""BentoML's settings that both runners share."""

from typing import Any

# Deadlines belong to the public service, so BentoML's own is set out of reach. BentoML closes the session to a runner
# every 100 requests or 300 s, also with requests in flight, which then fail: that is set out of reach, too.
SERVICE: dict[str, Any] = {
    "workers": 1,
    "traffic": {"timeout": 86_400},
    "runner_connection": {"max_requests": 10**9, "max_age": 1e9},
}
