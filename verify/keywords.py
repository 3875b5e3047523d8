"""Keywords that no text may use: what they promise is no fact, or a fact says no to it."""

from functools import lru_cache

from contracts.brief import Fact
from verify.claims import unsupported_promises
from verify.denials import contradicted


@lru_cache(maxsize=1024)
def unfit(keyword: str, facts: tuple[Fact, ...]) -> str | None:
    """Why `keyword` fits no product of these facts, or None.

    Materials, colours and countries are no reason: "white wine" and "Dutch oven" name kinds of things.
    """
    if denied := contradicted(keyword, facts):
        return f"a fact says no to {denied[0]}"
    given = "; ".join(f"{fact.name or ''}: {fact.value}" for fact in facts)
    if claims := unsupported_promises(keyword, given):
        return f"no fact says {' '.join(claims)}"
    return None
