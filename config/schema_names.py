"""Names in the OpenAPI file: two schemas or choices of one short name, in two apps, are two."""

from ninja.openapi import schema as ninja_schema
from ninja.schema import NinjaGenerateJsonSchema
from pydantic.json_schema import CoreModeRef, DefsRef

TAKEN: dict[str, str] = {}
QUALIFIED = 2  # which of pydantic's choices is the name with its module


class NamedOnce(NinjaGenerateJsonSchema):
    """django-ninja gathers what each operation defines by short name: the last Payment or CountIn would win."""

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        ref = super().get_defs_ref(core_mode_ref)
        choices = self._prioritized_defsref_choices[ref]
        choices.insert(0, DefsRef(name_of(choices[QUALIFIED])))
        return ref


def name_of(qualified: str) -> str:
    """sales__models__sale__Sale__Payment is SalePayment; where that is another's, the module says which."""
    parts = qualified.split("__")
    name = "".join(part for part in parts if part[:1].isupper()) or qualified
    if TAKEN.setdefault(name, qualified) == qualified:
        return name
    modules = [part.capitalize() for part in parts if part[:1].islower()]
    while TAKEN.setdefault(name, qualified) != qualified:
        name = modules.pop() + name
    return name


ninja_schema.NinjaGenerateJsonSchema = NamedOnce  # type: ignore[misc]
