"""One script per figure. Each starts what it needs on durable settings, prints its parts and the machine,
and ends with one JSON line. `make bench` runs all and writes the README's table."""
