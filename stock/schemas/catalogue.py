"""What the API says of files and of the catalogue."""

from uuid import UUID

from ninja import Field, Schema


class ImportOut(Schema):
    created: int
    changed: int
    unchanged: int
    kept_stock: int = Field(description="Known products whose stock in the file is another: it stays. Adjust it.")
    kept_cost: int = Field(description="Known products whose cost in the file is another: supplies make it.")
    written: bool = Field(description="False where this was only a check.")


class Article(Schema):
    id: UUID
    category: str
    name: str
    sku: str
    lot_size: int


class CataloguePage(Schema):
    articles: list[Article]
    next: str = Field(description="Send as `after` for the next page; empty on the last.")
