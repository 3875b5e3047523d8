"""The first version's way: FastAPI, and one `generate` per request in a thread."""

import os
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.servers.model import Model

app = FastAPI()
model = Model()


class Asked(BaseModel):
    """What a request asks."""

    prompt: str


@app.get("/health")
def health() -> str:
    """Answers once the model is loaded."""
    return "ok"


@app.post("/write")
def write(asked: Asked) -> dict[str, Any]:
    """One text; FastAPI runs this in a thread of its pool."""
    return model.write([asked.prompt])[0]


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["BENCH_PORT"]), log_level="warning")
