"""What may be wrong after a round, in words; nothing, where nothing is. Pure: the rows are the caller's."""

from bench.history_checker import Outcome, violations


def findings(history, heard, log):
    """`heard`: of each follower what it was told; `log`: what was committed. Both as (type, data), in order."""
    told = [f"follower {number}: {fault}" for number, list_ in enumerate(heard) for fault in misheard(list_, log)]
    return [*violations(history), *told]


def misheard(heard, log):
    """A follower hears the log from its first event to its last, each once."""
    if heard == log:
        return []
    position = next((n for n, (a, b) in enumerate(zip(heard, log, strict=False)) if a != b), min(len(heard), len(log)))
    if position == len(heard):
        return [f"stopped after {position} of {len(log)} events"]
    fault = "heard again" if heard[position] in log[:position] else "missed or invented"
    return [f"{fault}: its event {position + 1} is {heard[position]}, should be {log[position : position + 1]}"]


def outcomes(history):
    """How many keys were acknowledged, refused, or left unknown; and of these, how many were written."""
    tried = {}
    for attempt in history.attempts:
        tried.setdefault(attempt.key, set()).add(attempt.outcome)
    written = {fact.key for fact in history.facts}
    unknown = [key for key, seen in tried.items() if Outcome.OK not in seen and Outcome.UNKNOWN in seen]
    return {
        "acknowledged": sum(Outcome.OK in seen for seen in tried.values()),
        "refused": sum(seen == {Outcome.REFUSED} for seen in tried.values()),
        "unknown": len(unknown),
        "unknown_written": sum(key in written for key in unknown),
        "lost": sum(Outcome.OK in seen and key not in written for key, seen in tried.items()),
        "duplicates": len(history.facts) - len(written),
    }
