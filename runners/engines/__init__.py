"""Engines run a checkpoint with torch, transformers or OpenVINO; they know nothing of BentoML or HTTP."""

import sys

# At import and at each use OpenVINO reports to its makers, without asking, and has no variable that forbids it. Where
# this module cannot be imported it takes a stand-in of its own that sends nothing.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
