"""Keys one after the other: the next is looked at when the last has had its effect.

The toolkit looks at a key where the focus is when the key arrives, and does what is bound to it
when the key has bubbled up. Of keys that come in one piece, as over a slow link or pasted, all
but the first would meet the screen that was there before the first: a title typed after `n`
would be lost, and a `q` in it would leave the cockpit.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable

from textual.app import App
from textual.dom import DOMNode
from textual.events import Key, Paste

Typed = Key | Paste

LOST_S = 0.5
"""After this long a key whose widget went away under it is done."""

_LOOK_S = 0.01


class KeyOrder:
    """Takes what is typed and hands it on in order.

    Args:
        app: whose keys they are.
        hand_on: gives one to the toolkit.
        ready: whether this one can be taken now; until then it and those after it wait.
    """

    def __init__(
        self,
        app: App[int],
        hand_on: Callable[[Typed], Awaitable[None]],
        ready: Callable[[Typed], bool],
    ) -> None:
        self._app = app
        self._hand_on = hand_on
        self._ready = ready
        self._waiting: deque[Typed] = deque()
        self._in_hand = 0
        self._number = 0
        self._since = 0.0
        self._is_looking = False

    async def take(self, typed: Typed) -> None:
        """Hand it on, now or when those before it are done."""
        self._waiting.append(typed)
        await self._next()

    def forget(self) -> None:
        """What was typed ahead is not wanted any more."""
        self._waiting.clear()

    async def _next(self) -> None:
        while self._waiting and not self._is_in_hand and self._ready(self._waiting[0]):
            typed = self._waiting.popleft()
            self._number += 1
            self._in_hand, self._since = self._number, time.monotonic()
            await self._hand_on(typed)
            if typed.is_forwarded:
                self._follow(self._app.focused or self._app.screen, self._in_hand)
            else:
                self._in_hand = 0
        if self._waiting and not self._is_looking:
            self._is_looking = True
            self._app.set_timer(_LOOK_S, self._look)

    @property
    def is_busy(self) -> bool:
        """Whether a key has not had its effect yet."""
        return bool(self._waiting) or self._is_in_hand

    @property
    def _is_in_hand(self) -> bool:
        return bool(self._in_hand) and time.monotonic() - self._since < LOST_S

    async def _look(self) -> None:
        self._is_looking = False
        await self._next()

    def _follow(self, at: DOMNode, number: int) -> None:
        """Go up behind the key, from queue to queue: it has bubbled before this comes."""

        async def passed() -> None:
            if at is self._app:
                if self._in_hand == number:
                    self._in_hand = 0
                await self._next()
            else:
                self._follow(at.parent or self._app, number)

        if not at.call_later(passed) and self._in_hand == number:
            self._in_hand = 0
