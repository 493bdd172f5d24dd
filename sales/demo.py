"""The demo: two bars of West Africa, the people in them, and what they pour. Data only; prices in XOF."""

from typing import NamedTuple

from bars.models import Member

PASSWORD = "bartender"
OWNER = "yao"
OPERATOR = "operator"

OWNS, CO_OWNS, MANAGES, SERVES = Member.Role.OWNER, Member.Role.CO_OWNER, Member.Role.MANAGER, Member.Role.WAITER

# Username, first name, last name.
PEOPLE = (
    (OWNER, "Yao", "Kouassi"),
    ("aya", "Aya", "Koné"),
    ("koffi", "Koffi", "N'Guessan"),
    ("awa", "Awa", "Traoré"),
    ("moussa", "Moussa", "Diabaté"),
    ("fatou", "Fatou", "Bamba"),
    ("akossiwa", "Akossiwa", "Mensah"),
    ("kossi", "Kossi", "Adjovi"),
    ("afi", "Afi", "Hounsou"),
    ("komlan", "Komlan", "Dossou"),
    (OPERATOR, "Olga", "Opérateur"),
)
LOGINS = [
    (OWNER, PASSWORD, "owner of both bars"),
    ("aya", PASSWORD, "co-owner of Le Maquis du Plateau"),
    ("koffi", PASSWORD, "manager of Le Maquis du Plateau"),
    ("awa", PASSWORD, "waiter at Le Maquis du Plateau"),
    ("moussa", PASSWORD, "waiter in both bars"),
    ("fatou", PASSWORD, "waiter at Le Maquis du Plateau"),
    ("akossiwa", PASSWORD, "co-owner of Chez Mama Akossiwa"),
    ("kossi", PASSWORD, "manager of Chez Mama Akossiwa"),
    ("afi", PASSWORD, "waiter at Chez Mama Akossiwa"),
    ("komlan", PASSWORD, "waiter at Chez Mama Akossiwa"),
    (OPERATOR, PASSWORD, "operator of the platform (admin)"),
]


class Drink(NamedTuple):
    """A product of the demo: `stock` is what tonight has left, `thirst` how often it is asked for."""

    name: str
    price: int
    cost: int
    stock: int
    thirst: int
    alert: int = 12


class DemoBar(NamedTuple):
    """A bar with its people and shelves. `evening` is how many sales a Wednesday has."""

    slug: str
    name: str
    time_zone: str
    address: str
    phone: str
    evening: int
    team: dict[str, Member.Role]
    menu: dict[str, tuple[Drink, ...]]


PLATEAU = DemoBar(
    slug="maquis-du-plateau",
    name="Le Maquis du Plateau",
    time_zone="Africa/Abidjan",
    address="Rue du Commerce, Le Plateau, Abidjan",
    phone="+225 27 20 00 00 00",
    evening=52,
    team={
        OWNER: OWNS,
        "aya": CO_OWNS,
        "koffi": MANAGES,
        "awa": SERVES,
        "moussa": SERVES,
        "fatou": SERVES,
    },
    menu={
        "Bières": (
            Drink("Beaufort 50 cl", 700, 480, 168, 14, 48),
            Drink("Flag 65 cl", 800, 560, 121, 10, 36),
            Drink("Castel 65 cl", 800, 555, 96, 9, 36),
            Drink("Solibra Bock 66 cl", 700, 470, 143, 11, 36),
            Drink("Solibra Tuborg 50 cl", 700, 490, 60, 6, 24),
            Drink("Ivoire 65 cl", 800, 550, 9, 5, 24),
            Drink("Guinness 33 cl", 1000, 700, 74, 7, 24),
            Drink("Guinness 65 cl", 1500, 1080, 31, 4),
            Drink("Heineken 33 cl", 1000, 690, 66, 5),
            Drink("Desperados 33 cl", 1200, 850, 27, 3),
            Drink("Doppel Munich 50 cl", 700, 480, 0, 2),
        ),
        "Sucreries": (
            Drink("Coca-Cola 33 cl", 500, 300, 110, 9, 24),
            Drink("Fanta Orange 33 cl", 500, 300, 72, 6, 24),
            Drink("Sprite 33 cl", 500, 300, 55, 4),
            Drink("Youki Moka 50 cl", 500, 290, 64, 6),
            Drink("Youki Cocktail 50 cl", 500, 290, 38, 4),
            Drink("Youki Tonic 33 cl", 500, 290, 11, 3),
            Drink("World Cola 30 cl", 300, 180, 48, 4),
            Drink("Orangina 33 cl", 600, 380, 40, 3),
            Drink("Malta Guinness 33 cl", 600, 390, 34, 3),
        ),
        "Eaux": (
            Drink("Céleste 1,5 L", 700, 400, 58, 6),
            Drink("Céleste 50 cl", 300, 160, 84, 5),
            Drink("Awa 1,5 L", 700, 410, 46, 5),
            Drink("Awa 50 cl", 300, 165, 70, 4),
        ),
        "Maison": (
            Drink("Bissap", 300, 90, 40, 6, 10),
            Drink("Gnamakoudji", 300, 100, 28, 4, 10),
            Drink("Tamarin", 300, 95, 8, 3, 10),
        ),
        "Alcools": (
            Drink("Gin (dose)", 1000, 450, 52, 4, 10),
            Drink("Whisky (dose)", 1500, 750, 61, 5, 10),
            Drink("Whisky J&B (dose)", 2000, 1050, 24, 2, 10),
            Drink("Pastis (dose)", 1000, 480, 33, 2, 10),
            Drink("Vin rouge (verre)", 1000, 520, 36, 3, 10),
            Drink("Vin rouge (bouteille)", 6000, 3600, 5, 1, 6),
        ),
    },
)

AKOSSIWA = DemoBar(
    slug="chez-mama-akossiwa",
    name="Chez Mama Akossiwa",
    time_zone="Africa/Porto-Novo",
    address="Boulevard Lagunaire, Porto-Novo",
    phone="+229 01 97 00 00 00",
    evening=38,
    team={
        OWNER: OWNS,
        "akossiwa": CO_OWNS,
        "kossi": MANAGES,
        "afi": SERVES,
        "komlan": SERVES,
        "moussa": SERVES,
    },
    menu={
        "Bières": (
            Drink("La Béninoise 65 cl", 700, 460, 156, 13, 36),
            Drink("Awooyo 65 cl", 700, 470, 92, 9, 36),
            Drink("Beaufort 50 cl", 700, 480, 88, 8, 24),
            Drink("Flag 65 cl", 800, 560, 77, 6, 24),
            Drink("Castel 65 cl", 800, 560, 104, 8, 24),
            Drink("Eku 65 cl", 700, 470, 10, 4, 24),
            Drink("Guinness 33 cl", 900, 640, 52, 6),
            Drink("Doppel Munich 65 cl", 800, 560, 41, 4),
            Drink("Tuborg 33 cl", 700, 480, 36, 3),
        ),
        "Sucreries": (
            Drink("Coca-Cola 60 cl", 500, 310, 86, 8, 24),
            Drink("Fanta 60 cl", 500, 310, 64, 6),
            Drink("Sprite 60 cl", 500, 310, 45, 4),
            Drink("Youki Moka 60 cl", 500, 300, 58, 5),
            Drink("Youki Pamplemousse 60 cl", 500, 300, 12, 4),
            Drink("World Cola 60 cl", 400, 240, 50, 4),
            Drink("Malta Guinness 33 cl", 600, 400, 28, 3),
        ),
        "Eaux": (
            Drink("Possotomé 1,5 L", 600, 370, 62, 6),
            Drink("Possotomé 50 cl", 300, 170, 80, 5),
            Drink("Possotomé gazeuse 1 L", 600, 380, 25, 3),
            Drink("Fifa 1,5 L", 500, 290, 44, 4),
        ),
        "Maison": (
            Drink("Bissap", 300, 90, 36, 6, 10),
            Drink("Adoyo", 200, 60, 22, 3, 10),
            Drink("Jus de baobab", 400, 150, 0, 2, 10),
            Drink("Gingembre", 300, 100, 27, 4, 10),
        ),
        "Alcools": (
            Drink("Sodabi (dose)", 300, 90, 75, 6, 15),
            Drink("Gin (dose)", 500, 220, 48, 4, 10),
            Drink("Whisky (dose)", 1000, 520, 39, 3, 10),
            Drink("Vin de palme (calebasse)", 500, 200, 14, 2, 6),
        ),
    },
)

BARS = (PLATEAU, AKOSSIWA)
