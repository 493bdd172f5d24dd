"""What the rows of tests/matrix.py are asked with: one thing of a bar for each name, and a good body for each address.

A thing is in the state in which what the row asks for succeeds, for whoever may. `asker` is who asks, if of the bar.
"""

import json
import re
import uuid
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from bars.models import Member
from bars.services.chat import Seat, say
from bars.services.invitations import invite, new_code
from bars.services.team import NewPerson, add_person
from realtime.models import Conversation, Notification
from realtime.notifications import notify
from sales.models import Expense, Line, Sale
from sales.receipts import receipt_of
from sales.services import closing, deciding, expenses, expiring
from sales.services.selling import sell
from stats.models import Entry, Match, Tournament
from stock.models import CatalogueProduct
from stock.services.categories import add_category
from stock.services.suppliers import add_supplier
from tests import factories
from tests.stats import playing

PLACE = re.compile(r"{(\w+)(?::(\w+))?}")
COST = Decimal("417.3391")  # like no other figure of an answer


class Cast:
    """A bar's people for making its things: whatever is of a bar has its word, what waiters may not see its secret."""

    def __init__(self, bar, word, owner):
        self.bar, self.word, self.secret = bar, word, f"secret{uuid.uuid4().hex}"
        self.owner = self.asker = owner
        self.manager = factories.member(bar, f"aya-{word}", "manager")
        self.waiter = factories.member(bar, f"moussa-{word}", "waiter")
        self.product = factories.product(bar, self.text("Beaufort"), stock=1000, cost=COST)
        self.things = {}

    def text(self, words):
        return f"{words} {self.word}"

    def private(self, words):
        return f"{words} {self.word} {self.secret}"

    def thing(self, name):
        """The id of a thing, which is made when it is first named."""
        if name not in self.things:
            self.things[name] = str(THINGS[name](self))
        return self.things[name]

    def person(self, role):
        return factories.member(self.bar, f"{role}-{uuid.uuid4().hex[:6]}-{self.word}"[:50], role)


def sold(cast, seller, **fields):
    return factories.sale(seller, {cast.product.pk: 2}, **fields)


def validated(cast, seller):
    sale = sold(cast, seller)
    return sale if sale.status == Sale.Status.VALIDATED else deciding.validate(cast.manager, sale.pk)


def line_of(cast, seller):
    return Line.objects.get(sale=validated(cast, seller))


def expired(cast):
    sale = sold(cast, cast.waiter)
    expiring.expire_sales_of(cast.bar.pk, timezone.now() + timedelta(days=2))
    return sale.pk


def to_review(cast):
    basket = factories.basket({cast.product.pk: 2}, prices={cast.product.pk: 1})
    now = timezone.now()
    return sell(cast.manager, basket.kept_since(now - timedelta(hours=1)), at=now).sale.pk


def with_payment(cast, payment, **fields):
    return sold(cast, cast.manager, payment=payment, **fields).pk


def tab(cast):
    opened = factories.tab(cast.manager, cast.text("Table 4"))
    factories.sale_on(opened, cast.manager, {cast.product.pk: 1})
    return opened.pk


def returned(cast, asker, **fields):
    fields = {"note": cast.private("broken")} | fields
    return factories.returned(asker, line_of(cast, asker), **fields).pk


def kept(cast):
    line = line_of(cast, cast.manager)
    return factories.kept(cast.manager, line, client=cast.private("Ibrahim"), phone=cast.word).pk


def spent(cast):
    spending = expenses.Spending(uuid.uuid4(), Expense.Category.OTHER, 700, Expense.Payment.CASH, cast.private("Ice"))
    return expenses.spend(cast.owner, spending, at=timezone.now()).expense.pk


def closed(cast):
    return closing.close(cast.owner, closing.Count(date(2020, 1, 1), 0, 0, note=cast.private("quiet"))).close.pk


def counted(cast):
    sheet = factories.sheet(cast.owner)
    factories.counted(cast.waiter, sheet, cast.product, 3)
    return sheet.pk


def supplied(cast):
    return factories.supply(cast.manager, cast.product, note=cast.private("late")).pk


def adjusted(cast):
    return factories.adjustment(cast.owner, cast.product, -1, note=cast.private("fell")).pk


def named(cast):
    return add_person(cast.owner, NewPerson(uuid.uuid4(), cast.text("Issa")[:50], Member.Role.WAITER)).member.pk


def sent_away(cast, role="waiter"):
    member = cast.person(role)
    Member.objects.filter(pk=member.pk).update(is_active=False)
    return member.pk


def invited(cast, role="waiter"):
    return invite(cast.owner, role=Member.Role(role), code=new_code(), at=timezone.now()).pk


def code(cast):
    told = new_code()
    invite(cast.owner, role=Member.Role.WAITER, code=told, at=timezone.now())
    return told


def article(cast):
    return CatalogueProduct.objects.create(category="Bières", name=f"Flag {uuid.uuid4().hex}", lot_size=12).pk


def conversation(cast):
    return Conversation.objects.get(stream=f"bar.{cast.bar.pk}")


def message(cast, author):
    """What was said to the team."""
    seat = Seat(conversation(cast), author.user_id, f"bar.{cast.bar.pk}", may_moderate=False)
    return say(seat, key=uuid.uuid4(), text=cast.text("Bonsoir")).message.pk


def notification(cast):
    """What managers are told."""
    subject = str(uuid.uuid4())
    notify(f"bar.{cast.bar.pk}", "supplies", "stock_low", subject=subject, data=f'{{"name": "{cast.private("Flag")}"}}')
    return Notification.objects.get(subject=subject).pk


def cup(cast):
    return playing.drawn(cast.manager).pk


def match(cast, do=lambda member, match: None):
    """Of a cup of its own; who may watch a tournament is told its names, so no word of the bar is in them."""
    first = playing.ready(playing.drawn(cast.manager))[0]
    do(cast.manager, first)
    return first.pk


THINGS = {
    "figure": lambda cast: "days",
    "figure:margin": lambda cast: "margin",
    "product": lambda cast: cast.product.pk,
    "category": lambda cast: cast.product.category_id,
    "category:second": lambda cast: add_category(cast.manager, name=cast.text("Vins")[:60]).pk,
    "article": article,
    "supplier": lambda cast: (
        add_supplier(cast.manager, name=cast.private("Brasserie"), phone="07", note=cast.secret).pk
    ),
    "supply": supplied,
    "adjustment": adjusted,
    "count": counted,
    "sale": lambda cast: sold(cast, cast.manager).pk,
    "receipt": lambda cast: receipt_of(uuid.UUID(cast.thing("sale"))),
    "sale:own": lambda cast: sold(cast, cast.asker).pk,
    "sale:pending": lambda cast: sold(cast, cast.waiter).pk,
    "sale:expired": expired,
    "sale:review": to_review,
    "sale:mobile": lambda cast: with_payment(cast, Sale.Payment.MOBILE_MONEY, reference=cast.private("OM")[:60]),
    "sale:credit": lambda cast: with_payment(cast, Sale.Payment.CREDIT, client=cast.private("Ama")),
    "line": lambda cast: line_of(cast, cast.manager).pk,
    "line:own": lambda cast: line_of(cast, cast.asker).pk,
    "tab": tab,
    "return": lambda cast: returned(cast, cast.manager, wait=True),
    "return:asked": lambda cast: returned(cast, cast.waiter),
    "return:approved": lambda cast: returned(cast, cast.manager),
    "return:own": lambda cast: returned(cast, cast.asker, wait=True, note=cast.text("broken")),
    "consignment": kept,
    "expense": spent,
    "close": closed,
    "member": lambda cast: cast.person("waiter").pk,
    "member:manager": lambda cast: cast.person("manager").pk,
    "member:co_owner": lambda cast: cast.person("co_owner").pk,
    "member:owner": lambda cast: cast.person("owner").pk,
    "member:named": named,
    "member:away": sent_away,
    "member:away_manager": lambda cast: sent_away(cast, "manager"),
    "person": lambda cast: cast.waiter.user_id,
    "invitation": invited,
    "invitation:manager": lambda cast: invited(cast, "manager"),
    "code": code,
    "tournament": cup,
    "tournament:open": lambda cast: playing.opened(cast.manager, players=4).pk,
    "tournament:board": lambda cast: playing.drawn(cast.manager, kind=Tournament.Format.LEADERBOARD).pk,
    "token": lambda cast: Tournament.objects.get(pk=cast.thing("tournament")).token,
    "entry": lambda cast: Entry.objects.get(tournament=cast.thing("tournament"), seat=1).pk,
    "entry:home": lambda cast: Entry.objects.get(tournament=cast.thing("tournament:board"), seat=1).pk,
    "entry:away": lambda cast: Entry.objects.get(tournament=cast.thing("tournament:board"), seat=2).pk,
    "match": match,
    "match:live": lambda cast: match(cast, lambda member, match: playing.start(member, match.pk)),
    "match:played": lambda cast: match(cast, playing.played),
    "player": lambda cast: Match.objects.get(pk=cast.thing("match:live")).home.player_id,
    "conversation": lambda cast: conversation(cast).pk,
    "message": lambda cast: message(cast, cast.manager),
    "message:own": lambda cast: message(cast, cast.asker),
    "notification": notification,
}
ACCOUNT = {"key": "KEY", "name": "Issa", "username": "issa.k", "password": "PASSWORD"}
WHY = {"reason": "so it is"}
LINES = [{"product": "{product}", "quantity": 1}]
SALE = {"key": "KEY", "lines": LINES}
OFFLINE = SALE | {"sold_at": "NOW"}
SUPPLY = {"key": "KEY", "product": "{product}", "lots": 1, "lot_size": 1, "lot_price": 1, "payment": "cash"}
RETURN = {"key": "KEY", "line": "{line}", "quantity": 1, "reason": "wrong_item"}
# By method, the address after the bar, and the row's #tag. KEY, NOW and {things} are filled in.
BODIES = {
    "POST team": {"key": "KEY", "name": "Issa", "role": "waiter"},
    "POST team#manager": ACCOUNT | {"role": "manager"},
    "POST team#co_owner": ACCOUNT | {"role": "co_owner"},
    "POST team/{member}/role": {"role": "waiter"},
    "POST team/{member}/role#manager": {"role": "manager"},
    "POST team/{member}/role#owner": {"role": "owner"},
    "POST team/{member:manager}/role": {"role": "waiter"},
    "POST team/{member:co_owner}/role": {"role": "waiter"},
    "POST team/{member:named}/name": {"name": "Issa Koné"},
    "POST invitations": {"role": "waiter"},
    "POST invitations#manager": {"role": "manager"},
    "POST invitations#owner": {"role": "owner"},
    "PATCH settings": {"address": "12 rue des Jardins"},
    "POST categories": {"name": "Vins"},
    "PATCH categories/{category}": {"name": "Vins"},
    "PUT categories/order": {"categories": ["{category}"]},
    "POST products": {"name": "Flag", "category": "{category}", "price": 800, "stock": 6, "cost": "410.5"},
    "POST products/picked": {"article": "{article}", "price": 800},
    "PATCH products/{product}": {"alert_threshold": 3},
    "POST suppliers": {"name": "Cave"},
    "PATCH suppliers/{supplier}": {"phone": "08"},
    "POST supplies": SUPPLY,
    "POST supplies/{supply}/reversal": {"note": "not ours"},
    "POST adjustments": {"key": "KEY", "product": "{product}", "quantity": -1, "reason": "breakage"},
    "PUT counts/{count}/products/{product}": {"key": "KEY", "quantity": 1},
    "POST sales": SALE,
    "POST sales#for_another": SALE | {"sold_by": "{person}"},
    "POST sales#discount": SALE | {"discount": 1},
    "POST sales/batch": {"sales": [OFFLINE]},
    "POST sales/{sale:pending}/reject": WHY,
    "POST sales/{sale:review}/reject": WHY,
    "POST sales/{sale}/cancel": WHY,
    "POST expenses": {"key": "KEY", "category": "water", "amount": 700},
    "POST expenses/{expense}/void": WHY,
    "POST closes": {"business_date": "2020-01-01", "counted_cash": 0, "left_cash": 0},
    "POST closes/{close}/reopen": WHY,
    "POST tabs": {"key": "KEY", "name": "Table 5"},
    "PATCH tabs/{tab}": {"name": "Table 6"},
    "POST tabs/{tab}/settle": {"key": "KEY"},
    "POST credits/{sale:credit}/settle": {"key": "KEY"},
    "POST returns": RETURN,
    "POST returns#own": RETURN | {"line": "{line:own}"},
    "POST consignments": {"key": "KEY", "line": "{line}", "quantity": 1, "client": "Ama"},
    "POST consignments/{consignment}/claims": {"key": "KEY", "quantity": 1},
    "POST tournaments": {"key": "KEY", "name": "Coupe", "game": "csgo", "format": "elimination"},
    "POST tournaments/{tournament:open}/entries": {"name": "Moussa", "rank": 1},
    "POST tournaments/{tournament:open}/draw": {"seed": "a4"},
    "POST tournaments/{tournament:board}/matches": {"place": 0, "home": "{entry:home}", "away": "{entry:away}"},
    "POST matches/{match:live}/score": {"key": "KEY", "side": "home", "points": 1},
    "POST matches/{match:live}/confirm": {"home_score": 2, "away_score": 1},
    "POST matches/{match}/forfeit": {"side": "away"},
    "POST matches/{match:played}/correct": {"home_score": 1, "away_score": 5},
    "PUT matches/{match:live}/stats/{player}": {"stats": {"kills": 3, "deaths": 0}},
    "POST /api/v1/conversations": {"person": "{person}"},
    "POST /api/v1/conversations/{conversation}/messages": {"key": "KEY", "text": "Bonsoir"},
    "PUT /api/v1/conversations/{conversation}/read": {"number": 1},
    "POST /api/v1/sync/send": {"type": "message.read", "data": {"conversation": "{conversation}", "number": 1}},
    "POST /api/v1/sync/validate": {"heads": {}},
    "POST /api/v1/sync/broadcast": {"text": "Maintenance at 4"},
    "POST /api/v1/invitations/accept": {"code": "{code}"},
    "POST /api/v1/invitations/join": ACCOUNT | {"code": "{code}"},
    "POST /api/v1/bars": {"key": "KEY", "name": "Le Baobab", "time_zone": "Africa/Lome", "currency": "XOF"},
    "PUT /api/v1/account/password": {"current": "PASSWORD", "new": "un-bissap-bien-frais"},
    "POST /api/v1/auth/token": {"username": "USERNAME", "password": "PASSWORD"},
}  # fmt: skip
# What else names a thing, beside the bodies above.
REFERENCES = {
    "PATCH products/{product}": {"category": "{category}"},
    "PUT categories/order": {"categories": ["{category}", "{category:second}"]},
    "POST supplies": SUPPLY | {"supplier": "{supplier}"},
    "POST sales": SALE | {"payment": "tab", "tab": "{tab}"},
    "POST tournaments/{tournament:open}/entries": {"player": "{player}"},
    "POST sales/batch": {"sales": [OFFLINE | {"payment": "tab", "tab": "{tab}", "sold_by": "{person}"}]},
}
QUERIES = {
    "GET games/leaderboard": "?game=csgo",
    "GET games/stats": "?game=csgo&has=kills",
    "GET games/top": "?game=csgo&key=kills",
    "GET players/{player}/figures": "?game=csgo",
    "DELETE counts/{count}/products/{product}": "?key=KEY",
    "GET closes/preview": "?on=2020-01-01",
    "GET sales/export": f"?from={date.today() - timedelta(days=1)}&to={date.today() + timedelta(days=1)}",
    "GET /api/v1/sync/poll": "?streams=bar.{bar}",
    "GET /api/v1/sync/stream": "?streams=bar.{bar}",
}
READY = {"GET counts/open": "count"}  # what must be there beside what the address names
FILE = b"name,category,price\nFlag,Boissons,800\n"
IMPORT = "POST products/import"


def name_of(place):
    """The name of a thing as a place of an address or a body says it."""
    return f"{place[1]}:{place[2]}" if place[2] else place[1]


def filled(text, ids):
    """Every place of a thing with its id; `ids` gives it by name."""
    return PLACE.sub(lambda place: ids(name_of(place)), text)


def written(body, ids):
    """A body as it is sent."""
    text = json.dumps(body).replace("NOW", (timezone.now() - timedelta(minutes=5)).isoformat())
    text = text.replace("KEY", str(uuid.uuid4())).replace("PASSWORD", factories.PASSWORD)
    return filled(text, ids)
