"""Who brings goods to a bar."""

from collections.abc import Mapping
from uuid import UUID

from bars.copying import new_ids
from bars.models import Member
from stock.models import Supplier
from stock.services.names import add_row, change_row

MAY_CHANGE = {"name", "phone", "note", "is_active"}


def add_supplier(member: Member, *, name: str, phone: str = "", note: str = "") -> Supplier:
    """Raises Taken."""
    supplier = Supplier(pk=new_ids(1)[0], bar_id=member.bar_id, name=name, phone=phone, note=note)
    add_row(supplier)
    return supplier


def change_supplier(member: Member, supplier_id: UUID, changes: Mapping[str, object]) -> Supplier:
    """Any of MAY_CHANGE, and nothing of what isn't sent. Raises NotFound or Taken."""
    assert changes.keys() <= MAY_CHANGE
    change_row(Supplier, bar_id=member.bar_id, pk=supplier_id, changes=dict(changes))
    return Supplier.objects.get(pk=supplier_id)
