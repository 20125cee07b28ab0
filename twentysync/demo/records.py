"""Records of the sample: some thousands, the same every time, in the form in which they are stored.

Names come in four scripts, and there are values of every type of field, empty ones too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from twentysync.demo import words
from twentysync.demo.chance import Generator, Row, fixed_id

#: How many of each at scale 1.
_COUNTS: Mapping[str, int] = {
    "supplier": 64,
    "product": 320,
    "warehouse": 5,
    "stockLevel": 700,
    "company": 480,
    "person": 1200,
    "opportunity": 300,
    "orderLine": 820,
    "delivery": 520,
    "claim": 90,
    "contract": 160,
    "note": 420,
    "task": 260,
}


def sample_records(
    members: Sequence[Mapping[str, str]], *, scale: float = 1.0
) -> dict[str, list[Row]]:
    """Rows by object, what others point to first. `members` are `{id, name}` of the workspace."""
    return _Sample(members, scale).rows()


class _Sample(Generator):
    """One run of the generator."""

    def __init__(self, members: Sequence[Mapping[str, str]], scale: float) -> None:
        super().__init__("Harbour & Vine", members)
        self._counts = {name: max(2, int(count * scale)) for name, count in _COUNTS.items()}

    def rows(self) -> dict[str, list[Row]]:
        """All objects in an order in which each points to what is there."""
        for name in _COUNTS:
            make = getattr(self, f"_{name}")
            self._made[name] = [
                {**self._common(name, number), **make(number)}
                for number in range(self._counts[name])
            ]
        self._made["noteTarget"] = self._targets("note")
        self._made["taskTarget"] = self._targets("task")
        self._later()
        return self._made

    # -- one object after the other ------------------------------------------------------------

    def _supplier(self, number: int) -> Row:
        country = words.COUNTRIES[number % 3]
        estate = words.ESTATES[number % len(words.ESTATES)]
        generation = number // len(words.ESTATES)
        name = estate + (f" {_roman(generation + 1)}" if generation else "")
        host = f"{_slug(name) or 'estate'}-{number}.example"
        return {
            "name": name,
            "status": self._pick(("PROSPECT", "ON_TRIAL", "ACTIVE", "ACTIVE", "PAUSED", "LEFT")),
            "certifications": self._some(("ORGANIC", "BIODYNAMIC", "FAIR_TRADE", "DOP"), 3),
            "vatNumber": f"{country.code}{500100200 + number * 37}",
            "website": {
                "primaryLinkUrl": f"https://www.{host}",
                "primaryLinkLabel": name,
                "secondaryLinks": self._maybe(
                    [{"url": f"https://shop.{host}/vinhos?ano=2024", "label": "Shop"}], 0.3
                ),
            },
            "orderEmails": {
                "primaryEmail": f"orders@{host}",
                "additionalEmails": self._maybe([f"cellar@{host}", f"accounts+ap@{host}"], 0.4),
            },
            "phones": self._phones(country),
            "premises": self._address(country),
            "salesContact": self._name(country),
            "creditLimit": self._maybe(self._money(1000, 90000)),
            "paymentTermDays": self._pick((14, 30, 30, 45, 60)),
            "returnRate": self._maybe(round(self._random.random() / 8, 4)),
            "quality": self._rating(),
            "isPreferred": self._random.random() < 0.3,
            "foundedOn": self._day(date(1790, 1, 1), 80000),
            "lastAuditAt": self._maybe(self._instant()),
            "terms": self._maybe(self._text(4), 0.5),
            "regions": self._some(words.REGIONS, 3),
            "ediSettings": self._maybe(
                {"format": "D96A", "partner": number, "lines": [1, 2.5, None, "é"]}, 0.4
            ),
            "erpId": self._maybe(fixed_id("erp", number)),
            "approvedBy": self._maybe(self._actor(), 0.6),
            "buyerId": self._member(),
        }

    def _product(self, number: int) -> Row:
        kind = self._pick("WINE_RED WINE_WHITE WINE_ROSE SPARKLING OIL CHEESE TIN".split())
        vintage = self._maybe(2012 + self._random.randrange(13), 0.8)
        supplier = self._pick(self._made["supplier"])
        name = f"{supplier['name']} {self._pick(words.WINES)}"
        country = words.COUNTRIES[number % 3]
        return {
            "name": f"{name} {vintage}" if vintage else name,
            "sku": f"HV-{number:05d}",
            "category": kind,
            "allergens": self._some(("SULPHITES", "MILK", "FISH", "EGG"), 2),
            "vintage": vintage,
            "alcohol": self._maybe(round(0.11 + self._random.random() / 16, 3)),
            "casePrice": self._money(28, 640, "EUR" if number % 9 else "GBP"),
            "tasting": self._maybe(self._text(3), 0.5),
            "origin": self._maybe(self._address(country)),
            "listedOn": self._day(),
            "isSeasonal": self._random.random() < 0.2,
            "supplierId": supplier["id"],
        }

    def _warehouse(self, number: int) -> Row:
        country = words.COUNTRIES[number % len(words.COUNTRIES)]
        city = country.cities[0][0]
        hours = {"mon-fri": ["07:00", "18:30"], "sat": ["08:00", "12:00"], "sun": None}
        return {
            "name": f"{city} dock",
            "code": f"{country.code}{number + 1}",
            "premises": self._address(country),
            "palletPlaces": 120 + 60 * number,
            "climate": [["AMBIENT", "CELLAR"], ["CELLAR"], ["AMBIENT", "CELLAR", "COLD"]][
                number % 3
            ],
            "gateHours": hours,
            "gatePhones": self._phones(country),
            "keeperId": self._member(1.0),
        }

    def _stockLevel(self, number: int) -> Row:
        products, warehouses = self._made["product"], self._made["warehouse"]
        return {
            "cases": self._random.randrange(240),
            "reorderAt": self._maybe(self._pick((6, 12, 24, 48))),
            "countedAt": self._instant(),
            "productId": products[number % len(products)]["id"],
            "warehouseId": warehouses[(number // len(products)) % len(warehouses)]["id"],
        }

    def _company(self, number: int) -> Row:
        country = self._pick(words.COUNTRIES)
        name = f"{self._pick(words.HOUSES)} {self._pick(words.PLACES)}"
        host = f"{_slug(name) or 'house'}-{number}.example"
        return {
            "name": name,
            "domainName": {
                "primaryLinkUrl": f"https://{host}",
                "primaryLinkLabel": None,
                "secondaryLinks": None,
            },
            "linkedinLink": self._maybe(
                {"primaryLinkUrl": f"https://linkedin.com/company/house-{number}"}, 0.4
            ),
            "address": self._address(country),
            "annualRevenue": self._maybe(self._money(90_000, 4_000_000), 0.4),
            "accountOwnerId": self._member(),
            "customerType": self._pick(("RESTAURANT", "BAR", "SHOP", "HOTEL", "CATERER")),
            "deliveryDays": self._some(("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"), 4),
            "licenceNumber": self._maybe(f"LIC/{country.code}/{10_000 + number}", 0.9),
            "legacyId": self._maybe(fixed_id("legacy", number)),
            "openingHours": self._maybe({"tue-sat": ["12:00-15:00", "19:00-23:30"]}, 0.5),
            "houseStyles": self._some(words.STYLES, 3),
            "satisfaction": self._rating(),
            "isOnHold": self._random.random() < 0.06,
            "creditLimit": self._maybe(self._money(500, 20_000)),
            "discount": self._maybe(round(self._random.random() / 10, 3)),
            "customerSince": self._day(date(2009, 1, 1), 5800),
            "cellarVisitedAt": self._maybe(self._instant()),
            "deliveryAddress": self._maybe(self._address(country), 0.3),
            "orderEmails": self._maybe({"primaryEmail": f"orders@{host}"}, 0.6),
            "orderPhones": self._maybe(self._phones(country), 0.6),
            "buyerName": self._maybe(self._name(country), 0.5),
            "menuLinks": self._maybe(
                {"primaryLinkUrl": f"https://{host}/menu", "primaryLinkLabel": "Ementa"}, 0.3
            ),
            "cellarNotes": self._maybe(self._text(), 0.3),
            "creditCheckedBy": self._maybe(self._actor(), 0.2),
            "favouriteSupplierId": self._ref("supplier", 0.5),
        }

    def _person(self, number: int) -> Row:
        country = self._pick(words.COUNTRIES)
        name = self._name(country)
        company = self._pick(self._made["company"])
        host = company["domainName"]["primaryLinkUrl"].removeprefix("https://")
        local = _slug(f"{name['firstName']} {name['lastName']}", ".") or "pessoa"
        return {
            "name": name,
            "emails": {
                "primaryEmail": f"{local}.{number}@{host}",
                "additionalEmails": self._maybe([f"{local}{number}@post.example"], 0.2),
            },
            "phones": self._maybe(self._phones(country), 0.8),
            "jobTitle": self._maybe(self._pick(words.JOBS)),
            "linkedinLink": self._maybe(
                {"primaryLinkUrl": f"https://linkedin.com/in/{number:05d}"}, 0.3
            ),
            "companyId": self._maybe(company["id"], 0.95),
            "houseRole": self._maybe(
                self._pick(("OWNER", "CHEF", "SOMMELIER", "BUYER", "ACCOUNTS"))
            ),
            "languages": self._some(("PT", "EN", "FR", "JA", "EL"), 3),
            "birthday": self._maybe(self._day(date(1950, 1, 1), 19000), 0.5),
            "palate": self._rating(),
            "getsNewsletter": self._random.random() < 0.5,
            "tastingDiary": self._maybe(self._text(), 0.1),
        }

    def _opportunity(self, number: int) -> Row:
        person = self._pick(self._made["person"])
        return {
            "name": f"{self._pick(words.WINES)} {2024 + number % 3}",
            "amount": self._maybe(self._money(200, 30_000), 0.9),
            "closeDate": self._instant(),
            "stage": self._pick(("NEW", "SCREENING", "MEETING", "PROPOSAL", "CUSTOMER")),
            "companyId": person["companyId"],
            "pointOfContactId": person["id"],
            "ownerId": self._member(),
            "channel": self._maybe(self._pick(("FAIR", "VISIT", "PHONE", "SHOP"))),
            "likelihood": self._maybe(self._pick((0.1, 0.25, 0.5, 0.75, 0.9))),
            "firstDeliveryOn": self._maybe(self._day(date(2026, 1, 1), 500)),
            "competitors": self._some(words.RIVALS, 2),
        }

    def _orderLine(self, number: int) -> Row:
        product = self._pick(self._made["product"])
        return {
            "name": f"{product['sku']} × {number % 30 + 1}",
            "cases": number % 30 + 1,
            "discount": self._maybe(round(self._random.random() / 5, 3), 0.3),
            "casePrice": product["casePrice"],
            "remark": self._maybe("Fragile!\nNot on a Monday.", 0.2),
            "opportunityId": self._ref("opportunity"),
            "productId": product["id"],
        }

    def _delivery(self, number: int) -> Row:
        company = self._pick(self._made["company"])
        status = self._pick(
            ("PLANNED", "PICKED", "ON_THE_ROAD", "DELIVERED", "DELIVERED", "REFUSED")
        )
        return {
            "reference": f"D{2024 + number % 2}-{number:04d}",
            "status": status,
            "dueOn": self._day(date(2025, 6, 1), 500),
            "arrivedAt": self._instant() if status in ("DELIVERED", "REFUSED") else None,
            "freight": self._maybe(self._money(12, 240)),
            "pallets": self._pick((0.5, 1, 1.5, 2, 4)),
            "route": self._some([city for c in words.COUNTRIES for city, *_ in c.cities], 3),
            "customerId": company["id"],
            "receivedById": self._ref("person", 0.5),
            "leavesFromId": self._ref("warehouse", 0.95),
        }

    def _claim(self, number: int) -> Row:
        about = "Delivery" if number % 3 else "Product"
        return {
            "name": f"Claim {number + 1}",
            "reason": self._pick(("BROKEN", "CORKED", "LATE", "MISSING")),
            "amount": self._money(5, 900),
            "settledOn": self._maybe(self._day(), 0.5),
            "account": self._pick(words.CLAIMS),
            f"subject{about}Id": self._ref(about.lower()),
            "heldAtId": self._ref("warehouse", 0.4),
        }

    def _contract(self, number: int) -> Row:
        about = ("Company", "Company", "Person", "Supplier")[number % 4]
        start = date(2022, 1, 1) + timedelta(days=self._random.randrange(1300))
        return {
            "name": f"Supply agreement {number + 1}",
            "number": f"C-{number:04d}/{start.year}",
            "startsOn": start.isoformat(),
            "endsOn": self._maybe((start + timedelta(days=730)).isoformat(), 0.8),
            "yearlyVolume": self._maybe(self._money(1000, 250_000)),
            "renews": self._random.random() < 0.7,
            "wording": self._maybe(self._text(5), 0.5),
            f"party{about}Id": self._ref(about.lower()),
        }

    def _note(self, number: int) -> Row:
        return {"title": f"Visit {number + 1}", "bodyV2": self._text(4)}

    def _task(self, number: int) -> Row:
        return {
            "title": f"Call back {number + 1}",
            "bodyV2": self._maybe(self._text(), 0.6),
            "dueAt": self._instant(),
            "status": self._pick(("TODO", "IN_PROGRESS", "DONE")),
            "assigneeId": self._member(),
        }

    def _targets(self, name: str) -> list[Row]:
        rows: list[Row] = []
        for number, row in enumerate(self._made[name]):
            for turn in range(1 + number % 2):
                about = ("Company", "Person", "Opportunity", "Supplier", "Contract")[
                    (number + turn) % 5
                ]
                target = {f"{name}Id": row["id"], f"target{about}Id": self._ref(about.lower())}
                common = self._common(f"{name}Target", len(rows))
                rows.append({**common, **target})
        return rows

    def _later(self) -> None:
        """Relations between records of one object, and back to objects that came later."""
        for name, column, step in (
            ("supplier", "parentSupplierId", 7),
            ("product", "replacedById", 11),
            ("company", "groupId", 5),
        ):
            rows = self._made[name]
            for number in range(0, len(rows), step):
                # Forwards and backwards, so that no order of writing would do in one pass.
                rows[number][column] = rows[(number * 3 + 1) % len(rows)]["id"]
        for number, row in enumerate(self._made["company"]):
            if number % 4 == 0:
                about = "Person" if number % 8 else "Supplier"
                row[f"recommendedBy{about}Id"] = self._ref(about.lower())


def _slug(text: str, joint: str = "-") -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return joint.join(re.findall(r"[a-z0-9]+", plain))


def _roman(number: int) -> str:
    return ("", "I", "II", "III", "IV", "V")[number] if number < 6 else str(number)
