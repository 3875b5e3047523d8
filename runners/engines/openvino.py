"""Text from Llama and Qwen models in GGUF through OpenVINO GenAI, which batches at each step: the engine for CPUs.

No torch is loaded. The pipeline is not safe to call from several threads, so that one thread owns it: it takes new
items, drops those whose reader has left, makes a step, and hands out what that step wrote.
"""

import asyncio
import codecs
import contextlib
import ctypes
import itertools
import logging
import math
import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import openvino_genai as genai
from openvino import Tensor

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_files, gguf_file
from contracts.items import Decoding, EngineInfo, Finish, ItemError, Message, TextChunk, TextItem, TextResult
from runners.engines.gguf_chat import GGUFChat
from runners.engines.stops import StopStrings

logger = logging.getLogger(__name__)

CACHE_TOKENS = 16 * 1024
"""Tokens of prompts and texts that are kept at once; 14 KB each for SmolLM2-135M and for Qwen2.5-1.5B."""
_BLOCK_TOKENS = 32
"""Tokens in one block of the cache, on CPUs."""
_SEND_EVERY_S = 0.1
"""Between two pieces of a text: a token sent by itself took 2.5 ms of the 15 to the next (SmolLM2-135M, two cores)."""
# A step that failed leaves others begun, each of which fails once more.
_CLEARING_STEPS = 64
_CLOSED = "the engine was closed"
ErrorCode = Literal["invalid_item", "model_failed", "out_of_memory"]


@dataclass
class _Reader:
    """Who waits for a text: takes its chunks until it has `left`."""

    send: Callable[[TextChunk], None]
    left: bool = False


@dataclass(eq=False)
class _Request:
    """One item while it is written, as the thread that owns the pipeline sees it."""

    item: TextItem
    prompt: list[int]
    limit: int
    stops: StopStrings
    reader: _Reader
    decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))
    handle: Any = None
    written: list[int] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    unsent: str = ""
    send_next: float = 0.0
    log_probability: float = 0.0
    finish: Finish | None = None

    def __post_init__(self) -> None:
        self.decoder.errors = "replace"

    def emit(self, piece: str) -> None:
        """Add a piece to the text, and send what is new if it is time to."""
        self.text.append(piece)
        self.unsent += piece
        if time.monotonic() >= self.send_next:
            self.send()

    def send(self) -> None:
        """Send what is new."""
        if self.unsent:
            self.reader.send(TextChunk(text=self.unsent))
            self.unsent, self.send_next = "", time.monotonic() + _SEND_EVERY_S

    def end(self, finish: Finish) -> None:
        """Send the rest and the result."""
        self.finish = finish
        if finish != "stop":
            self.emit(self.stops.push(self.decoder.decode(b"", final=True)) + self.stops.finish())
        self.send()
        tokens = len(self.written) + (finish == "end")
        result = TextResult(
            id=self.item.id,
            text="".join(self.text),
            confidence=math.exp(self.log_probability / max(tokens, 1)),
            prompt_tokens=len(self.prompt),
            new_tokens=len(self.written),
            finish=finish,
        )
        self.reader.send(TextChunk(result=result))

    def fail(self, code: ErrorCode, message: str) -> None:
        """Send an error in place of a result."""
        self.finish = "error"
        self.reader.send(_failed(self.item, code, message))


def load_pipeline(file: Path, threads: int, caching: bool = True) -> genai.ContinuousBatchingPipeline:
    """The pipeline that batches at each step, `caching` what it has read; raises RuntimeError if OpenVINO cannot read
    the file."""
    scheduler = genai.SchedulerConfig()
    scheduler.enable_prefix_caching = caching
    scheduler.num_kv_blocks = CACHE_TOKENS // _BLOCK_TOKENS
    with _writable(file) as path:
        return genai.ContinuousBatchingPipeline(str(path), scheduler, "CPU", {"INFERENCE_NUM_THREADS": threads}, {})


@contextlib.contextmanager
def _writable(file: Path) -> Iterator[Path]:
    """The file, or for this while a copy if it must not be written to.

    OpenVINO opens GGUF files for writing too, though it only reads, and so fails on a read-only root or another's file.
    """
    if os.access(file, os.W_OK):
        yield file
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copyfile(file, Path(folder, file.name)))


class OpenVINOEngine:
    """A loaded checkpoint and the thread that writes with it. `on_step` is told how many items each step wrote on.

    `alone` makes one that writes item after item. Such a one beside it, loaded when it is first asked for, writes the
    items that are to be alone.
    """

    def __init__(
        self, file: Path, threads: int, on_step: Callable[[int], None] = lambda items: None, alone: bool = False
    ) -> None:
        self._file, self._threads, self._alone = file, threads, alone
        self._beside: OpenVINOEngine | None = None
        self.info = EngineInfo(name="openvino", version=version("openvino-genai"), submits=True, device="cpu")
        try:
            self._pipeline = load_pipeline(file, threads, caching=not alone)
        except RuntimeError as error:
            raise CheckpointError(f"{file}: OpenVINO cannot load it: {error}") from error
        self._chat = GGUFChat(file, self._pipeline.get_tokenizer())
        self._positions = min(self._chat.context, CACHE_TOKENS)
        self._on_step = on_step
        self._numbers = itertools.count()
        self._inbox: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._door, self._loading = threading.Lock(), threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="openvino", daemon=True)
        self._thread.start()

    @classmethod
    def load(cls, folder: Path, threads: int, on_step: Callable[[int], None] = lambda items: None) -> Self:
        """Load and warm up the checkpoint in `folder`; raises CheckpointError naming the wrong file."""
        check_files(folder)
        file = gguf_file(folder)
        if file is None:
            raise CheckpointError(f"{folder}: holds no GGUF file, which the OpenVINO engine reads")
        engine = cls(file, threads, on_step)
        try:
            engine.warm_up(file)
        except CheckpointError:
            engine.close()
            raise
        _trim_memory()
        return engine

    def warm_up(self, file: Path) -> None:
        """Write a few tokens; raises CheckpointError if that fails or the model's scores are not numbers."""
        decoding = Decoding(max_new_tokens=2, temperature=0)
        item = TextItem(id="", messages=(Message(role="user", content="Hello."),), decoding=decoding)
        chunks: queue.SimpleQueue[TextChunk] = queue.SimpleQueue()
        self._start(item, _Reader(chunks.put))
        result = next(chunk.result for chunk in iter(chunks.get, None) if chunk.result)
        if result.error:
            raise CheckpointError(f"{file}: the checkpoint fails its first text ({result.error.message})")

    async def submit(self, item: TextItem) -> AsyncGenerator[TextChunk, None]:
        """The pieces of one text as they come, some ten a second; the last chunk carries its result.

        An iterator that is closed frees its place in the batch, and its memory, at the next step.
        """
        engine = await asyncio.to_thread(self._for_alone) if item.alone and not self._alone else self
        async with contextlib.aclosing(engine._chunks(item)) as chunks:
            async for chunk in chunks:
                yield chunk

    def _for_alone(self) -> "OpenVINOEngine":
        """The engine that writes item after item; raises CheckpointError."""
        with self._loading:
            if self._beside is None and not self._closing:
                self._beside = OpenVINOEngine(self._file, self._threads, self._on_step, alone=True)
                _trim_memory()
            return self._beside or self

    async def _chunks(self, item: TextItem) -> AsyncGenerator[TextChunk, None]:
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[TextChunk] = asyncio.Queue()
        reader = _Reader(lambda chunk: _hand_over(loop, chunks, chunk))
        try:
            await asyncio.to_thread(self._start, item, reader)
            while True:
                chunk = await chunks.get()
                yield chunk
                if chunk.result:
                    return
        finally:
            reader.left = True

    @property
    def end_ids(self) -> frozenset[int]:
        """All ids that end a text."""
        return self._chat.end_ids

    @property
    def requests(self) -> int:
        """Texts that the pipeline keeps in memory."""
        return int(self._pipeline.get_metrics().requests)

    def close(self) -> None:
        """End the thread; items that are being written fail."""
        with self._door:
            self._closing = True
            self._inbox.put(None)
        self._thread.join()
        with self._loading:
            if self._beside:
                self._beside.close()

    def prompt_ids(self, item: TextItem) -> list[int]:
        """The whole chat up to where the model goes on; raises ValueError, in words for the caller."""
        ids = self._chat.prompt_ids(item)
        if len(ids) >= self._positions:
            raise ValueError(f"the prompt has {len(ids)} tokens, the model reads fewer than {self._positions}")
        return ids

    def _start(self, item: TextItem, reader: _Reader) -> None:
        """Hand the item to the thread, or send its error."""
        try:
            prompt = self.prompt_ids(item)
        except ValueError as error:
            reader.send(_failed(item, "invalid_item", str(error)))
            return
        limit = min(item.decoding.max_new_tokens, self._positions - len(prompt))
        request = _Request(item, prompt, limit, StopStrings(item.decoding.stop), reader)
        with self._door:
            if self._closing:
                request.fail("model_failed", _CLOSED)
            else:
                self._inbox.put(request)

    def _run(self) -> None:
        """The thread: steps while there is something to write, and sleeps else."""
        running: list[_Request] = []
        held: list[_Request] = []
        while not self._closing:
            try:
                self._take_turn(running, held)
            except Exception as error:  # the library names no exceptions of its own
                logger.warning("a step of %d items failed", len(running), exc_info=error)
                self._recover(running)
        for request in [*running, *held, *self._arrivals(wait=False)]:
            request.fail("model_failed", _CLOSED)

    def _take_turn(self, running: list[_Request], held: list[_Request]) -> None:
        """Take in what came, drop what nobody waits for, and write one token more for each of the others.

        A request most of whose prompt is being read for another one is `held` until then, or where each is alone until
        the one before has ended.
        """
        idle = not held and not self._pipeline.has_non_finished_requests()
        before, waited = list(running), list(held)
        held.clear()
        for request in itertools.chain(waited, self._arrivals(wait=idle)):
            if request.reader.left:
                continue
            # What requests waited for has been read by now: they go in together, but for one of each prompt.
            others = before if request in waited else running
            unread = [other for other in running if not other.written]
            same = any(other.prompt == request.prompt for other in unread)
            if (self._alone and running) or same or _begins_alike(request.prompt, others):
                held.append(request)
            else:
                self._add(request, running)
        for request in running:
            if request.reader.left:
                request.handle.cancel()
        running[:] = [request for request in running if not request.reader.left]
        if self._pipeline.has_non_finished_requests():
            self._pipeline.step()
            self._on_step(self._pipeline.get_metrics().scheduled_requests)
            for request in running:
                self._read(request)
        running[:] = [request for request in running if request.finish is None]

    def _arrivals(self, wait: bool) -> Iterator[_Request]:
        """Items that came since the last step; waits for one if there is nothing else to do."""
        while True:
            try:
                request = self._inbox.get(block=wait)
            except queue.Empty:
                return
            wait = False
            if request:
                yield request

    def _add(self, request: _Request, running: list[_Request]) -> None:
        """Put a request into the pipeline."""
        config = _config(request.item.decoding, request.limit, self._chat.end_ids)
        ids = np.array([request.prompt], dtype=np.int64)
        try:
            request.handle = self._pipeline.add_request(next(self._numbers), Tensor(ids), config)
        except Exception as error:  # the library names no exceptions of its own
            logger.warning("an item was refused: %s", error)
            request.fail("invalid_item", "the engine refuses the item's settings")
            return
        running.append(request)

    def _recover(self, running: list[_Request]) -> None:
        """After a step that failed: its items fail, and the pipeline drops them, without which it would fail for ever.

        It may fail once more for each item that it had begun.
        """
        for request in running:
            request.handle.cancel()
            if request.finish is None:
                request.fail("model_failed", "the model failed on this item")
        running.clear()
        for _ in range(_CLEARING_STEPS):
            if not self._pipeline.has_non_finished_requests():
                return
            try:
                self._pipeline.step()
            except Exception as error:
                logger.warning("a step failed while requests were dropped", exc_info=error)

    def _read(self, request: _Request) -> None:
        """Take what the last step wrote for a request."""
        handle = request.handle
        while handle.can_read() and request.finish is None:
            for output in handle.read().values():
                for token, log_probability in zip(output.generated_ids, output.generated_log_probs, strict=True):
                    self._take(request, token, log_probability)
                if request.finish is None and output.finish_reason == genai.GenerationFinishReason.LENGTH:
                    request.end("length")
        if request.finish is None and handle.get_status() == genai.GenerationStatus.IGNORED:
            request.fail("out_of_memory", "the text does not fit into the engine's memory")

    def _take(self, request: _Request, token: int, log_probability: float) -> None:
        if request.finish:
            return
        if not math.isfinite(log_probability):
            request.handle.cancel()
            request.fail("model_failed", "the model's scores are not numbers")
            return
        request.log_probability += log_probability
        if token in self._chat.end_ids:
            request.end("end")
            return
        request.written.append(token)
        request.emit(request.stops.push(request.decoder.decode(self._chat.text_of(token))))
        if request.stops.reached:
            request.handle.cancel()
            request.end("stop")


def _begins_alike(prompt: list[int], running: Sequence[_Request]) -> bool:
    """Whether most of a prompt is that of a request which has begun, and has no token yet: one that waits finds it in
    the cache."""
    reading = (request.prompt for request in running if not request.written and request.finish is None)
    most = len(prompt) // 2 + 1
    return any(prompt[:most] == other[:most] for other in reading)


def _config(decoding: Decoding, limit: int, end_ids: frozenset[int]) -> genai.GenerationConfig:
    """The settings of a text of at most `limit` tokens."""
    config = genai.GenerationConfig()
    config.apply_chat_template = False
    config.max_new_tokens = limit
    config.min_new_tokens = min(decoding.min_new_tokens, limit)
    config.stop_token_ids = set(end_ids)
    config.logprobs = 1
    config.repetition_penalty = decoding.repetition_penalty
    if decoding.temperature:
        config.do_sample = True
        config.temperature = decoding.temperature
        config.top_p = decoding.top_p
        config.rng_seed = decoding.seed
        if decoding.top_k:
            config.top_k = decoding.top_k
    return config


def _hand_over(loop: asyncio.AbstractEventLoop, chunks: "asyncio.Queue[TextChunk]", chunk: TextChunk) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended, and with it the reader
        loop.call_soon_threadsafe(chunks.put_nowait, chunk)


def _failed(item: TextItem, code: ErrorCode, message: str) -> TextChunk:
    return TextChunk(result=TextResult(id=item.id, error=ItemError(code=code, message=message)))


def _trim_memory() -> None:
    """Give what reading the file has freed back to the system, where the C library can (glibc): 47 MB of SmolLM2's."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
