"""The words that the records of the sample are made of. Every domain ends in `.example`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """A country with what an address and a phone number there look like."""

    name: str
    code: str
    calling: str
    mobile: str
    cities: tuple[tuple[str, str, float, float], ...]
    streets: tuple[str, ...]
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]


COUNTRIES: tuple[Country, ...] = (
    Country(
        "Portugal",
        "PT",
        "+351",
        "91",
        (("Porto", "4050", 41.1496, -8.611), ("Lisboa", "1100", 38.7223, -9.1393)),
        ("Rua das Flores", "Cais da Ribeira", "Travessa do Carmo", "Largo de São Domingos"),
        ("João", "Inês", "António", "Conceição", "Tomás", "Beatriz", "Rui", "Graça"),
        ("Ferreira", "Gonçalves", "Conceição", "Brandão", "Simões", "d'Ávila", "Teixeira"),
    ),
    Country(
        "France",
        "FR",
        "+33",
        "61",
        (("Lyon", "69002", 45.764, 4.8357), ("Nantes", "44000", 47.2184, -1.5536)),
        ("Quai Saint-Antoine", "Rue de l'Épée", "Place Bellecour", "Allée des Chênes"),
        ("Hélène", "François", "Zoé", "Jérôme", "Noëlle", "Loïc", "Aurélie"),
        ("Lefèvre", "d'Aubigné", "Châtelain", "Muñoz", "Le Goff", "Besançon"),
    ),
    Country(
        "Greece",
        "GR",
        "+30",
        "697",
        (("Αθήνα", "105 57", 37.9838, 23.7275), ("Χανιά", "731 32", 35.5138, 24.018)),
        ("Οδός Αιόλου", "Λεωφόρος Συγγρού", "Πλατεία Βαρβάκειος"),
        ("Ελένη", "Γιώργος", "Μαρία", "Νίκος", "Δήμητρα"),
        ("Παπαδάκης", "Ιωάννου", "Καραγιάννη", "Στεφανίδης"),
    ),
    Country(
        "Japan",
        "JP",
        "+81",
        "90",
        (("神戸市", "650-0001", 34.6901, 135.1956), ("横浜市", "220-0012", 35.4437, 139.638)),
        ("元町通", "海岸通", "山下町"),
        ("陽子", "健太", "さくら", "大輔", "恵"),
        ("田中", "佐藤", "小林", "渡邉", "髙橋"),
    ),
    Country(
        "United Kingdom",
        "GB",
        "+44",
        "207946",
        (("Bristol", "BS1 4DJ", 51.4545, -2.5879), ("Leith", "EH6 6LX", 55.975, -3.172)),
        ("Quay Street", "Ropewalk", "The Shore", "King's Wharf"),
        ("Siân", "Callum", "Priya", "Ọlá", "Fionnuala", "Zbigniew", "Mohammed"),
        ("O'Byrne", "Nakamura-Hughes", "Patel", "Mac Giolla", "Wójcik", "Adébáyọ̀"),
    ),
)
HOUSES = (
    "Tasca|Casa|Bistro|Osteria|Wine Bar|Hotel|Cantina|Café|Brasserie|Taverna|居酒屋|Deli|Adega|"
    "Trattoria|The Old|Grand"
).split("|")
PLACES = (
    "Farol|Mirante|Âncora|Lighthouse|Harbour|Olive Tree|Vigneron|Σελήνη|港|Cork & Crown|Barrel|"
    "Kestrel|Saudade|Petit Quai|Doca 7|Marée|Café Ñandú|Anchor|Azulejo|Gull|Compass|Étoile"
).split("|")
ESTATES = (
    "Quinta do Vale|Château Brume|Domaine des Ardoises|Κτήμα Αγρίλια|Bodega Alondra|Mas Tramontane|"
    "Quinta da Boavista|Clos du Héron|Lagar Velho|Conservas Maré Alta|Fromagerie Pic Blanc|"
    "Oliveiras do Sul|Weingut Steinbruch|蔵元 山水|Casa Ermelinda|Herdade do Sobreiro"
).split("|")
WINES = (
    "Reserva|Vinhas Velhas|Cuvée Nº 7|Brut Nature|Colheita Tardia|Blanc de Noirs|Grande Escolha|"
    "Rosé des Roches|Ξηρός Λευκός|Field Blend|Tinto Novo|Early Harvest|Azeite Virgem|Sardinhas|"
    "Queijo da Serra|Comté 24 mois"
).split("|")
JOBS = "Head chef|Sommelière|Owner|Buyer|Night manager|Accounts|料理長|Bar manager".split("|")
REGIONS = "Douro|Alentejo|Loire|Κρήτη|Savoie|Dão|Jura|Priorat|Minho|山梨".split("|")
STYLES = "natural|classic|by the glass|seafood|late night|family run|tapas|omakase".split("|")
RIVALS = "Adega Central|Cave du Port|Vino & Co|North Quay Imports".split("|")
TALK = (
    "Tasted the new vintage; they liked the second bottle better.|"
    "Wants pallets on Tuesdays before ten, the street is closed later.|"
    "Asked for a by-the-glass list in Português and 日本語.|"
    "Price is fine; the lead time of the tins is not. → call the cannery.|"
    "Cellar is at 14 °C, told them so. “It has always been like this.”|"
    "Invoice 2024-118 was paid twice, credit note promised.|"
    "Brings two friends to the fair: seats 🍷🍷 reserved."
).split("|")
CLAIMS = (
    "Two cases broken under the strap.|Six bottles corked, lot L-24/7.|"
    "Came after the doors were closed.|One tin tray was never loaded."
).split("|")
