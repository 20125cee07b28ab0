"""What each rule of repair means, and which of them lose something."""

from __future__ import annotations

from collections.abc import Mapping

#: What each rule means, in a person's words; the report prints these.
RULES: Mapping[str, str] = {
    "author-away": "the author is not a member of the target: the name stays, the link does not",
    "author-kind": "unsupported author source, set to MANUAL",
    "author-blank": "an author without a name was given a blank one, so that the source's stays",
    "control-character": "a NUL character, which no database text can hold, was removed",
    "date-invalid": "not a point in time of the years 1 to 9999: left out",
    "default-taken": "the target's field cannot be empty: it took its default",
    "email-invalid": "not an e-mail address: left out",
    "email-trimmed": "spaces around an e-mail address were removed",
    "id-version": "an id of a version that the target refuses was replaced, in all references too",
    "item-invalid": "an item of a list that is none of its kind, such as a number among e-mail "
    "addresses: left out",
    "item-empty": "an empty item of a list, which the target does not take, was removed",
    "item-text": "an item of a list that is no text became its JSON",
    "link-invalid": "not a web address: left out",
    "link-scheme": "an address was given https://, or its http in small letters: else it is lost",
    "number-invalid": "not a number: left out",
    "link-user": "a name and password in an address, which the target does not keep",
    "number-rounded": "a number of more digits than the target keeps (it computes in doubles)",
    "number-text": "a number written as text became a number",
    "object-unknown": "the target has no such object: the link is left out, the name stays",
    "option-unknown": "the target's field has no such option: left out",
    "phone-codes": "a country or calling code that contradicts the number was left to the server",
    "phone-extension": "a phone number's extension, which the target does not keep",
    "phone-invalid": "not a phone number: left out",
    "restricted": "its owner does not share it with this key: left out",
    "rich-text-invalid": "not a list of blocks: left out",
    "rich-text-block": "an empty block, which the target could not read again, was removed",
    "rich-text-link": "a link without a scheme was given https://",
    "rich-text-link-lost": "a link of a kind that the target refuses was emptied",
    "unique-repeated": "another record of the source has the same unique value: left out here",
    "uuid-version": "a UUID of a version that the target refuses (it takes 1 to 5): left out",
    "wrong-shape": "a value of another type than the field's: left out",
}
#: Rules after which something of the value is only in the rejects file.
LOSSY = frozenset(
    {
        "author-kind",
        "date-invalid",
        "email-invalid",
        "item-invalid",
        "link-invalid",
        "link-user",
        "number-invalid",
        "number-rounded",
        "option-unknown",
        "phone-extension",
        "phone-invalid",
        "rich-text-invalid",
        "rich-text-link-lost",
        "unique-repeated",
        "uuid-version",
        "wrong-shape",
    }
)
#: Of these, what a person chose: --on-conflict says what happens to a repeated value.
CHOSEN = frozenset({"unique-repeated"})
