"""Settings of a newer version: one stylesheet of the till, in the folder NEWER, is another."""

import os

from config.settings import *  # noqa: F403
from config.settings import STATICFILES_DIRS as OURS

STATICFILES_DIRS = [*OURS, ("sales", os.environ["NEWER"])]
