from realtime.models.chat import Conversation, Message, ReadMark
from realtime.models.features import Feature
from realtime.models.log import Event, StreamHead
from realtime.models.notifications import Notification, NotificationMark
from realtime.models.switches import Switch
from realtime.models.usage import Usage

__all__ = [
    "Conversation",
    "Event",
    "Feature",
    "Message",
    "Notification",
    "NotificationMark",
    "ReadMark",
    "StreamHead",
    "Switch",
    "Usage",
]
