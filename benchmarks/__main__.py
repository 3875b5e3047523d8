"""Measure all ways in turns: `python -m benchmarks [--rounds N] [--seconds S] ...`.

Writes build/bench/results.json after each step, and at the end docs/speed.md and docs/speed.svg.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from pathlib import Path

import aiohttp

from benchmarks.added import measure_whole
from benchmarks.load import Sample, client, closed_loop, middle, open_loop
from benchmarks.prepare import FOLDER, checkpoint, prepare
from benchmarks.report import LIGHT, MANY, WAYS, write_report
from benchmarks.results import Machine, Measured, Run
from benchmarks.ways import ENGINE_ALONE, SERVERS, SUBMITTING, Way, serve
from checkpoints.folder import gguf_file
from checkpoints.pins import ROOT

RESULTS = FOLDER / "results.json"
SIZES = (1, 2, 4, 8, 16, 32, 64)
LOADS = (LIGHT, 0.5, 0.8, 0.95)
_LONGEST_S = 60


async def measure(way: Way, run: Run, sizes: tuple[int, ...], loads: tuple[float, ...]) -> None:
    """One way in one round, into `run`; what breaks it off is noted there."""
    measured = Measured(way=way.name)
    run.measured.append(measured)
    try:
        with serve(way) as server:
            async with client(way, server) as ask:
                await ask()
                for size in sizes:
                    measured.at_once[size] = await closed_loop(ask, size, run.seconds)
                    _say(way.name, f"{size} at once", measured.at_once[size])
                    if middle(measured.at_once[size]) > _LONGEST_S and size >= MANY:
                        break
                for load in loads:
                    arrivals = await open_loop(ask, load * run.capacity(way.name), run.seconds)
                    measured.arrivals[load] = arrivals
                    _say(way.name, f"{load} of capacity", arrivals)
    except (RuntimeError, OSError, aiohttp.ClientError, ExceptionGroup) as error:
        measured.failed = _reason(error)
        print(f"{way.name}: {measured.failed}", flush=True)


def measure_engine(run: Run, sizes: tuple[int, ...]) -> None:
    """The engine alone in one round, into `run`, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.engine_alone", str(gguf_file(checkpoint())), str(run.seconds)]
    done = subprocess.run([*command, *map(str, sizes)], stdout=subprocess.PIPE, check=True)
    measured = Measured(way=ENGINE_ALONE, at_once=json.loads(done.stdout))
    run.measured.append(measured)
    for size, samples in measured.at_once.items():
        _say(ENGINE_ALONE, f"{size} at once", samples)


async def measure_all(run: Run, ways: list[str], sizes: tuple[int, ...], loads: tuple[float, ...]) -> None:
    """All rounds, every other one backwards. Growth, and the other ways' arrivals, are measured in the first alone."""
    servers = {way.name: way for way in SERVERS}
    for number in range(run.rounds):
        for name in ways if number % 2 == 0 else ways[::-1]:
            now = sizes if number == 0 else tuple(size for size in sizes if size in (1, MANY))
            if name == ENGINE_ALONE:
                measure_engine(run, now)
            else:
                await measure(servers[name], run, now, loads if number == 0 or name == SUBMITTING.name else ())
            _save(run)
        if SUBMITTING.name in ways:
            run.wholes.append(await measure_whole())
            print(f"whole service: {run.wholes[-1]}", flush=True)
            _save(run)


def _save(run: Run) -> None:
    RESULTS.write_text(run.model_dump_json())


def _say(way: str, load: str, samples: list[Sample]) -> None:
    print(f"{way}, {load}: {len(samples)} texts, median wait {middle(samples):.2f} s", flush=True)


def _reason(error: BaseException) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Measure how fast texts come, beside other ways.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30, help="for each load")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="texts at once")
    parser.add_argument("--loads", nargs="*", type=float, default=LOADS, help="arrivals, as shares of capacity")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the report goes")
    arguments = parser.parse_args()
    prepare()
    run = Run(machine=Machine.here(), seconds=arguments.seconds, rounds=arguments.rounds)
    asyncio.run(measure_all(run, arguments.ways, tuple(arguments.sizes), tuple(arguments.loads)))
    print(f"Report: {write_report(run, arguments.docs)}")


if __name__ == "__main__":
    main()
