"""What the service counts. Labels are names of routes, never paths, so the number of series is bounded.

BentoML serves these at /metrics, summed over all of its processes.
"""

from prometheus_client import Counter, Gauge, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods with a series of their own; all others are counted as "other"."""

requests = Counter("api_requests", "HTTP requests by route and status.", ["method", "endpoint", "status"])
duration = Histogram(
    "api_request_duration_seconds",
    "Seconds from a request's first byte to its answer's last.",
    ["method", "endpoint"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120),
)
active = Gauge("active_requests", "Requests being worked on.", multiprocess_mode="livesum")
generations = Counter(
    "generation_requests",
    "Answers asked for: text and image for descriptions by their input, listing for listings, picture for pictures, "
    "caption for what a photo shows, with nothing written about it.",
    ["type"],
)
runner_retries = Counter(
    "runner_retries", "Calls sent again after a runner on another host, or the way to it, was lost.", ["runner"]
)
