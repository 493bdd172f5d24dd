from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class BarsConfig(AppConfig):
    name = "bars"
    verbose_name = _("Bars")

    def ready(self) -> None:
        from bars.grants import grant_application_role

        post_migrate.connect(grant_application_role, sender=self)
        autodiscover_modules("menu")
