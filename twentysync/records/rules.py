"""What each rule of repair means, and which of them lose something."""

from __future__ import annotations

from collections.abc import Mapping

#: What each rule means, in a person's words; the report prints these.
RULES: Mapping[str, str] = {
    "author-away": "the author is not a member of the target: the name stays, the link does not",
    "author-kind": "an author of a kind that the target does not know became one by hand",
    "author-blank": "an author without a name was given a blank one, so that the source's stays",
    "control-character": "a NUL character, which no database text can hold, was removed",
    "date-invalid": "not a point in time of the years 1 to 9999: left out",
    "default-taken": "the target's field cannot be empty: it took its default",
    "email-invalid": "not an e-mail address: left out",
    "email-trimmed": "spaces around an e-mail address were removed",
    "id-version": "an id of a version that the target refuses was replaced, in all references too",
    "link-invalid": "not a web address: left out",
    "link-scheme": "https:// was put before an address with a port, which would be mangled",
    "number-invalid": "not a number: left out",
    "number-text": "a number written as text became a number",
    "object-unknown": "the target has no such object: the link is left out, the name stays",
    "option-unknown": "the target's field has no such option: left out",
    "phone-codes": "a country or calling code that contradicts the number was left to the server",
    "phone-extension": "a phone number's extension, which the target does not keep",
    "phone-invalid": "not a phone number: left out",
    "restricted": "its owner does not share it with this key: left out",
    "rich-text-invalid": "not a list of blocks: left out",
    "rich-text-link": "a link of a kind that the target refuses was emptied or given https://",
    "unique-repeated": "another record of the source has the same unique value: left out here",
    "wrong-shape": "a value of another type than the field's: left out",
}
#: Rules after which something of the value is only in the rejects file.
LOSSY = frozenset(
    {
        "author-kind",
        "date-invalid",
        "email-invalid",
        "link-invalid",
        "number-invalid",
        "option-unknown",
        "phone-extension",
        "phone-invalid",
        "rich-text-invalid",
        "unique-repeated",
        "wrong-shape",
    }
)
