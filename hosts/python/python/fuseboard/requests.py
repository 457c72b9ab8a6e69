"""Guards the calls of requests.

    session.mount("https://", BreakerAdapter(registry=registry, role="metadata"))

urllib3's `Retry` works inside the adapter: the breaker counts calls, not attempts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

try:
    from requests import PreparedRequest, RequestException, Response
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import ProtocolError
except ImportError as missing:
    raise ImportError("fuseboard.requests needs requests: pip install 'fuseboard[requests]'") from missing

from .client_errors import client_refusal
from .errors import BreakerOpenError
from .exchange import Exchange, Guarding, Role, SettleAt
from .registry import BreakerRegistry


class BreakerAdapter(HTTPAdapter):
    """An adapter that asks before each request, and reports how it ended when the body ends.

    `role`: a role, or a function from a request to one. `settle_at="headers"`: report when the headers come.
    Further arguments are those of `requests.adapters.HTTPAdapter`.
    """

    def __init__(
        self,
        *,
        registry: BreakerRegistry,
        role: Role = None,
        resolver: str | None = None,
        settle_at: SettleAt = "body",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._guarding = Guarding(registry, role, resolver, settle_at)

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        try:
            exchange = self._guarding.begin(_origin(request), request.method or "", request)
        except BreakerOpenError as refused:
            raise client_refusal(refused, RequestException, request=request, response=None) from None
        try:
            response = super().send(request, *args, **options)
        except BaseException as exception:
            exchange.failed(exception)
            raise
        if not exchange.answered(response.status_code, response.headers):
            return response
        if not hasattr(response.raw, "stream") or getattr(response, "_content_consumed", False):
            # The body does not come from urllib3: the response is mocked or cached.
            exchange.ended()
        else:
            response.raw = _Body(response.raw, exchange)
        return response


class _Body:
    """The response of urllib3, watched. urllib3 closes itself before it raises, so it is wrapped and not derived from."""

    _raw: Any
    _exchange: Exchange

    def __init__(self, raw: Any, exchange: Exchange) -> None:
        self.__dict__.update(_raw=raw, _exchange=exchange)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def __setattr__(self, name: str, value: Any) -> None:
        # What replaces a method of this class may call it, as `functools.partial(raw.read, decode_content=True)` does.
        if hasattr(type(self), name):
            super().__setattr__(name, value)
        else:
            setattr(self._raw, name, value)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        return self._parts(iter(self._raw))

    def stream(self, *args: Any, **options: Any) -> Iterator[bytes]:
        return self._parts(self._raw.stream(*args, **options))

    def read_chunked(self, *args: Any, **options: Any) -> Iterator[bytes]:
        return self._parts(self._raw.read_chunked(*args, **options))

    def read(self, amt: int | None = None, *args: Any, **options: Any) -> Any:
        return self._read(self._raw.read, amt, *args, **options)

    def read1(self, amt: int | None = None, *args: Any, **options: Any) -> Any:
        return self._read(self._raw.read1, amt, *args, **options)

    def readinto(self, buffer: Any) -> Any:
        return self._read(lambda _: self._raw.readinto(buffer), len(buffer))

    def readline(self, size: int | None = -1) -> Any:
        return self._read(self._raw.readline, size)

    def readlines(self, hint: int | None = -1) -> Any:
        return self._read(self._raw.readlines, hint)

    @property
    def data(self) -> Any:
        return self._read(lambda _: self._raw.data, None)

    def json(self) -> Any:
        try:
            return self._raw.json()
        except ValueError:
            # The body is whole, and no JSON.
            raise
        except BaseException as exception:
            self._exchange.failed(exception)
            raise
        finally:
            self._read_to_end()

    def drain_conn(self) -> None:
        # urllib3 hides what it catches here. A body without a length counts as whole.
        self._raw.drain_conn()
        self._read_to_end()

    def close(self) -> None:
        try:
            self._raw.close()
        finally:
            self._closed()

    def release_conn(self) -> None:
        self._raw.release_conn()
        self._closed()

    def _parts(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from parts
        except GeneratorExit:
            # The loop over the body was left. Many programs close nothing after that.
            self._closed()
            raise
        except BaseException as exception:
            self._exchange.failed(exception)
            raise
        self._read_to_end()

    def _read(self, read: Any, size: int | None, *args: Any, **options: Any) -> Any:
        """Reads at most `size` bytes, or with `None` all of them."""
        try:
            data = read(size, *args, **options)
        except BaseException as exception:
            self._exchange.failed(exception)
            raise
        if self._is_whole() or self._raw.closed or (not data and size != 0):
            self._read_to_end()
        return data

    def _read_to_end(self) -> None:
        """Nothing more comes. urllib3 does not raise in every case where that is too little."""
        missing = self._raw.length_remaining
        if missing and self._raw.closed:
            self._exchange.failed(ProtocolError(f"the body broke off, {missing} bytes are missing"))
        else:
            self._exchange.ended()

    def _closed(self) -> None:
        if self._is_whole():
            self._exchange.ended()
        else:
            self._exchange.closed()

    def _is_whole(self) -> bool:
        missing: int | None = self._raw.length_remaining
        return missing == 0


def _origin(request: PreparedRequest) -> str:
    """The request's URL without user, path and query."""
    parts = urlsplit(str(request.url))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
