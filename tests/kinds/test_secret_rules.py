"""What is taken for a secret, and what is not."""

from __future__ import annotations

import pytest

from twentysync.kinds.base.secret_rules import suspects
from twentysync.kinds.base.secrets import Hider, Masked

WORD = "Zk3fT9qLw7XbR2mVc8Yd"
#: (what it stands under, the text before the secret, the secret, the text behind it).
CERTAIN = [
    ("url", "https://hooks.slack.com/services/", f"T0AB12CD3/B0EF45GH6/{WORD}", ""),
    ("url", "https://hooks.slack.com/workflows/", f"T0AB12CD3/A0EF45GH6/{WORD}", ""),
    ("url", "https://api.telegram.org/bot", f"123456789:{WORD}aBcDeFgHiJkLmNo", "/sendMessage"),
    ("url", "https://discord.com/api/webhooks/", f"123456789012345678/{WORD}", ""),
    ("url", "https://discordapp.com/api/v10/webhooks/", f"123456789012345678/{WORD}", "?wait=true"),
    ("url", "https://hooks.zapier.com/hooks/catch/", "1234567/abc9xyz", "/"),
    ("url", "https://hook.eu2.make.com/", "k3fa9lw7xbr2mvc8ydq1p5sd6gh4jk0z", ""),
    ("url", "https://acme.webhook.office.com/webhookb2/", f"{WORD}@x/IncomingWebhook/y", ""),
    ("url", "https://chat.acme.example/hooks/", "k3fa9lw7xbr2mvc8ydq1p5sd6g", ""),
    ("Ocp-Apim-Subscription-Key", "", "0123456789abcdef0123456789abcdef", ""),
    ("x-functions-key", "", f"{WORD}==", ""),
    ("X-Acme-Key", "", f"{WORD}", ""),
    ("X-Acme-Token", "", "abc", ""),
    ("Cookie", "", "session=abc", ""),
    ("Authorization", "", f"Bearer {WORD}", ""),
    ("X-Hub", "Bearer ", WORD, ""),
    ("X-Note", "Basic ", "dXNlcjpwYXNzd29yZA==", ""),
    ("auth", "Basic ", "dXNlcjpwYXNz", ""),
    ("body", "grant_type=client_credentials&client_secret=", "hunter2", "&scope=all"),
    ("url", "https://a.example/api?page=2&sig=", "abc%2Fdef", ""),
    ("url", "https://a.example/api?code=", f"{WORD}==", "&page=2"),
    ("url", "https://a.example/api?token=", "t0k", ""),
    ("url", "https://a.example/api?key=", "abcd1234", ""),
    ("pass", "", "hunter", ""),
    ("password", "", "hunter", ""),
    ("pwd", "", "hunter", ""),
    ("url", "https://", "reporter:hunter2", "@bi.example/board/7"),
    ("note", "say ", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", " aloud"),
    ("note", "", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", ""),
    ("note", "", "xoxb-1234567890-abcdefghij", ""),
    ("note", "", "AKIAIOSFODNN7EXAMPLE", ""),
    (
        "note",
        "",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "",
    ),
    ("note", "", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "\n"),
    ("body", '{"user": "ann", "pass": "', "hunter", '", "n": {{trigger.n}}}'),
    ("body", '{"to": "https://hooks.slack.com/services/', f"T0/B0/{WORD}", '"}'),
    ("body", '{"a": "{\\"password\\": \\"', "hunter22", '\\"}"}'),
    ("body", '[{"key": "password", "value": "', "hunter2", '"}]'),
    ("body", "{'password': '", "hunter2", "'}"),
    ("body", "<a:Envelope><a:Password x='1'>", "hunter2", "</a:Password></a:Envelope>"),
    ("url", "https://a.example/api?api%5Fkey=", WORD, ""),
    ("X-Note", "Bearer\t", WORD, ""),
    ("X-Note", "AWS4-HMAC-SHA256 Credential=a/b, Signature=", "0123456789abcdef" * 2, ""),
    ("dsn", "Endpoint=sb://x/;SharedAccessKeyName=k;SharedAccessKey=", f"{WORD}=", ""),
    ("dsn", "Server=x;User Id=a;Password=", "hunter22", ";Encrypt=yes"),
    ("url", "{{trigger.url}}?token=", WORD, ""),
    ("Passwort", "", "hunter2", ""),
    ("contraseña", "", "hunter2", ""),
    ("mot_de_passe", "", "hunter2", ""),
    ("note", "", "gsk_" + "a1B2" * 13, ""),
    ("note", "", "secret_" + "a1B2" * 11, ""),
    ("note", "", "dapi" + "a1b2" * 8, ""),
    ("note", "", "ATATT3xFfGF0" + "a1B2" * 11, ""),
]
HARMLESS = [
    ("url", "https://a.example/?page=2&sort=name&country_code=DE&code=DE&key=name"),
    ("url", "https://docs.example/articles/how-to-write-good-webhooks"),
    ("url", "https://{{trigger.host}}/x?token={{trigger.token}}"),
    ("url", "${workspace}/webhooks/workflows/20202020-1c25-4d02-bf25-6aeccf7ea419"),
    ("url", "https://crm.example/object/company/20202020-1c25-4d02-bf25-6aeccf7ea419"),
    ("url", "https://www.youtube.com/embed/dQw4w9WgXcQ"),
    ("Authorization", "Bearer {{code.token}}"),
    ("Authorization", "Bearer $${secret:HOME}"),
    ("Content-Type", "application/json; charset=utf-8"),
    ("Accept", "text/html"),
    ("auth", "none"),
    ("primaryKey", "companyDomain"),
    ("stepOutputKey", "{{20202020-1c25-4d02-bf25-6aeccf7ea419.result}}"),
    ("tokenCount", "12"),
    ("max_tokens", "4096"),
    ("token_url", "https://a.example/oauth/token"),
    ("eventName", "person.created"),
    ("fieldMetadataId", "20202020-1c25-4d02-bf25-6aeccf7ea419"),
    ("content", "Ask for the password: never write it down. The token is in the vault."),
    ("description", "Basic information about the customer"),
    ("note", "Bearer of good news"),
    ("Content-Type", "multipart/form-data; boundary=AaB03x"),
    ("Cache-Control", "private, max-age=31536000, token=none"),
    ("body", "<a><name>Acme</name><token_type>bearer</token_type></a>"),
    ("body", '{"key": "name", "value": "Acme"}'),
    ("body", "{'city': 'Hamburg', 'token_type': 'bearer'}"),
    ("body", "Dear all, the password=yours to choose"),
]


@pytest.mark.parametrize(("name", "before", "secret", "after"), CERTAIN)
def test_a_secret_is_found_and_the_rest_stays_readable(
    name: str, before: str, secret: str, after: str
) -> None:
    told = Hider().text(before + secret + after, "Tell", name)
    assert isinstance(told, Masked)
    assert secret not in told
    assert told.startswith(f"{before}${{secret:TWENTYSYNC_SECRET_TELL_")
    assert told.endswith(f"}}{after}")
    assert told.raw == before + secret + after


@pytest.mark.parametrize(("name", "text"), HARMLESS)
def test_what_is_none_is_left_alone(name: str, text: str) -> None:
    assert suspects(text, name) == []
    assert suspects(text, name, prose=True) == []


@pytest.mark.parametrize(
    "text",
    [
        f'const apiKey = "{WORD}";',
        "fetch('https://hooks.slack.com/services/T0AB12CD3/B0EF45GH6/abcDEF123456')",
        f'headers: {{ Authorization: "Bearer {WORD}" }}',
        "const stripe = new Stripe('sk_live_4eC39HqLyjWDarjtT1zdp7dc')",
        "postgres://app:hunter2@db.example/crm",
    ],
)
def test_code_and_prompts_are_looked_through(text: str) -> None:
    assert suspects(text, prose=True)


def test_what_only_looks_random_is_doubtful() -> None:
    found = suspects("d8Kx02mQpZ7vLrT4nYbWc9", "X-Ref")
    assert [item.certain for item in found] == [False]
    assert suspects("A-customer-of-ours-in-Berlin-2024", "X-Ref") == []


def test_two_secrets_of_one_name_have_two_variables() -> None:
    hider = Hider()
    told = hider.inside([{"password": "one-of-them"}, {"password": "another"}], "x")
    assert told[0] != told[1]
    assert hider.inside({"password": "one-of-them"}, "x") == told[0]


def test_a_pair_is_read_as_a_name_with_its_value() -> None:
    told = Hider().inside(
        [{"key": "Authorization", "value": "canary"}, {"key": "a", "value": "b"}], "x"
    )
    assert "canary" not in str(told)
    assert told[1] == {"key": "a", "value": "b"}
