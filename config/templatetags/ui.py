"""{% ui_texts as … %}: what the shared scripts of a bar's pages say."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def ui_texts() -> dict[str, str]:
    return {
        "saved": _("Saved."),
        "no_answer": _("No answer came. Look at the network and send it again: it is never done twice."),
        "offline": _("No network. Nothing was sent: try again when it is back."),
        "check_fields": _("Some fields are not right yet: see below."),
        "signed_out": _("Your session has ended. Sign in in another tab, then send this again: nothing is lost."),
        "refused": _("This was refused. Nothing was changed."),
    }
