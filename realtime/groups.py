"""Names in the channel layer: which group carries a stream. Built here and nowhere else."""


def group_of(stream: str) -> str:
    """The group that every process with a subscriber of `stream` has joined."""
    return f"stream.{stream}"
