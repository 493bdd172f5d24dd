"""The migrations of `sales` with one more, as a next version might bring it: for settings.MIGRATION_MODULES."""

from sales import migrations

__path__ = [*__path__, *migrations.__path__]
