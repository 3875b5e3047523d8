"""Engines run a checkpoint with torch and transformers; they know nothing of BentoML or HTTP."""
