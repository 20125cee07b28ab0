"""What in a text is a secret: by the name that it stands under, by its place, or by its look.

The looks of vendors' keys come from detect-secrets (Yelp, Apache 2.0), which keeps them; the
tables here add what it lacks: names of headers and fields, paths of hooks, newer prefixes.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Suspect:
    """A part of a text: where it is, what a variable for it is called, and why it is one.

    One that is not `certain` may as well be an ordinary value.
    """

    start: int
    end: int
    label: str
    why: str
    certain: bool = True


#: Names whose value is a secret, in headers, queries, forms and bodies, whatever it looks like.
_STRONG = (
    r"authorization|cookie|api.?key|token|secret|password|passwd|passphrase|credential|signature|"
    r"passwort|kennwort|contrase[nñ]a|senha|mot.?de.?passe|wachtwoord|has[lł]o|l[oö]senord|"
    r"пароль|密码|密碼|パスワード|"
    r"x-auth|private.?key|(?:access|subscription|account|shared|functions?|master|auth).?key|"
    r"(?:^|[-_.])(?:pass|pwd|pw|auth|sig|hmac|jwt|bearer)$"
)
_NAMED = re.compile(rf"{_STRONG}|(?:^|[-_.])key$", re.I)
_SURE = re.compile(_STRONG, re.I)
#: Names that sound so and are none.
_HARMLESS = re.compile(
    r"(?:public|primary|foreign|sort|partition|cache|idempotency|group|option|object|unique|record|"
    r"field|step|output|parent|map|lookup|issue|project|storage|translation|dedup\w*|row)"
    r"[-_]?key$|"
    r"(?:max|min|num|total|prompt|completion|input|output|page|next|continuation|sync|cursor)"
    r"[-_]?tokens?$|"
    r"(?:tokens?|secret|password|key|auth\w*|cookie|credentials?|signature)"
    r"[-_]?(?:counts?|limit|type|urls?|uri|endpoint|name|id|field|hint|policy|length|method|mode|"
    r"required|enabled|expir\w*|version|algorithm|label|description)$|^keyword|tokeniz",
    re.I,
)
#: Names that hold secrets in a query or a form, and anything elsewhere.
_WEAK = re.compile(r"^(?:key|code|pass|hash|s|t|k|access|session|sid|hook|webhook)$", re.I)
#: Values that say how somebody signs in, not with what.
_PLAIN = re.compile(
    r"(?:none|null|true|false|yes|no|basic|bearer|digest|oauth2?|jwt|required|optional|same-origin|"
    r"include|omit|[*•.]+|x{3,}|<[^<>]*>|\[[^\[\]]*\])?",
    re.I,
)
_SCHEME = re.compile(
    r"^\s*(?:Bearer|Basic|Token|ApiKey|Api-Key|Bot|Digest|Splunk|GenieKey|SSWS|OAuth)[ =:\t]+"
    r"(?:token=)?(?P<secret>\S.*)",
    re.I | re.S,
)
_SCHEME_IN_TEXT = re.compile(
    r"\b(?:Bearer|Basic)\s+(?P<secret>(?=[\w.~+/-]*\d)[\w.~+/-]{16,}=*)", re.I
)
#: Words that are filled in later: variables of workflows, and what a manifest names.
_VARIABLES = re.compile(r"\{\{[^{}]*\}\}|\$+\{[^{}]*\}")
#: A word for a secret, which only a person or a pull writes.
_PERSONS = re.compile(r"(?<!\$)\$\{secret:")
_URL = re.compile(
    r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://"
    r"(?:\{\{[^{}]*\}\}|\$+\{[^{}]*\}|[^\s\"'`<>\\{}|])+",
    re.I,
)
_PAIR = re.compile(r"(?<![^&?#;\s])(?P<name>[^=&?#;\s]+)=(?P<value>[^&#;]*)")
_FORM = re.compile(r"^[\w.\[\]%-]+=[^&\s]*(?:&[\w.\[\]%-]+=[^&]*)*$")
_ASSIGNED = re.compile(
    r"""(?<![\w.-])(?P<name>[A-Za-z_][\w.-]*)["'`]?\s*(?::=|=>|[:=])\s*["'`](?P<value>[^"'`\n]{6,})["'`]"""
)
#: A member of JSON that is text: what is between the quotes, escapes and all.
_MEMBER = re.compile(r'"(?P<name>[^"\\\n]+)"\s*:\s*"(?P<value>(?:\\.|[^"\\])*)"', re.S)
#: The same in JSON that is the text of a member: with a backslash before each quote.
_MEMBER_INSIDE = re.compile(
    r'(?<!\\)\\{1,7}"(?P<name>[^"\\\n]+)\\{1,7}"\s*:\s*\\{1,7}"(?P<value>[^"\\\n]*)\\{1,7}"'
)
#: A pair of a name and a `value`, as lists of headers in JSON have them.
_NAMED_VALUE = re.compile(
    r'"(?:key|name|header)"\s*:\s*"(?P<name>[^"\\\n]+)"\s*,\s*'
    r'"value"\s*:\s*"(?P<value>(?:\\.|[^"\\])*)"'
)
#: What XML has between the tags of an element.
_ELEMENT = re.compile(r"<(?:\w+:)?(?P<name>[\w.-]+)(?:\s[^<>]*)?>(?P<value>[^<>]+)</")
#: Pairs that `;` or `,` part: strings of connections, headers with a signature.
_ATTRIBUTE = re.compile(
    r"(?:^|[;,?&])\s*(?:[\w-]+\s+)?(?P<name>[A-Za-z][\w.-]{1,40})\s*=\s*\"?(?P<value>[^;,\"&\s]{6,})"
)
_PEM = re.compile(
    r"-----BEGIN (?P<kind>[A-Z ]*PRIVATE KEY(?: BLOCK)?)-----.*?(?:-----END (?P=kind)-----|\Z)",
    re.S,
)
#: Hooks whose address is the secret: host, and what of the path nobody else may know.
_HOOKS: tuple[tuple[str, str], ...] = (
    (r"hooks\.slack(?:-gov)?\.com", r"^/(?:services|workflows|triggers)/(?P<secret>.+)"),
    (r"api\.telegram\.org", r"^/(?:file/)?bot(?P<secret>[^/]+)"),
    (r"(?:\w+\.)?discord(?:app)?\.com", r"^/api/(?:v\d+/)?webhooks/(?P<secret>.+)"),
    (r"hooks\.zapier\.com", r"^/hooks/(?:catch|standard)/(?P<secret>.+)"),
    (r"hook\.(?:[\w-]+\.)?(?:make|integromat|celonis)\.com", r"^/(?P<secret>.+)"),
    (r"(?:outlook|[\w-]+\.webhook)\.office(?:365)?\.com", r"^/webhook\w*/(?P<secret>.+)"),
    (r"hooks\.airtable\.com", r"^/workflows/v\d+/genericWebhook/(?P<secret>.+)"),
    (r"maker\.ifttt\.com", r"/with/key/(?P<secret>[^/]+)"),
    (r"(?:connect|workflow)\.pabbly\.com", r"^/.*?(?:sendwebhookdata|webhook\w*)/(?P<secret>.+)"),
    (r"(?:[\w-]+\.)?webhook\.site", r"^/(?P<secret>[^/]+)"),
    (r"chat\.googleapis\.com", r"^/v1/spaces/(?P<secret>[^/]+)"),
    (r"events\.pagerduty\.com", r"^/integration/(?P<secret>[^/]+)"),
    (r"(?:[\w-]+\.)?(?:hooks?|webhooks?)\.[\w.-]+", r"^/(?P<secret>.*[\w-]{16,}.*)"),
    (
        r".+",
        r"/(?:hooks?|webhooks?|incoming|catch)/(?P<secret>(?=[^/]*\d)[\w-]{16,}(?:/[\w-]{8,})*)",
    ),
)
#: Looks of keys that detect-secrets does not know, or knows in quotes only.
_LOOKS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-ant-[\w-]{20,}|sk-(?:proj-|svcacct-)?[\w-]{20,}|(?:sk|rk)_(?:live|test)_\w{10,}|"
    r"whsec_[\w+/=]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|"
    r"xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|"
    r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}|shp(?:at|ca|pa|ss)_[0-9a-f]{16,}|"
    r"pat[A-Za-z0-9]{14}\.[0-9a-f]{32,}|pat-(?:na|eu|ap)\d-[0-9a-f-]{30,}|key-[0-9a-f]{32}|"
    r"SG\.[\w-]{16,}\.[\w-]{16,}|xkeysib-[0-9a-f]{32,}\S*|re_[A-Za-z0-9]{6,}_\w{12,}|"
    r"hf_[A-Za-z0-9]{20,}|lin_api_\w{20,}|ntn_\w{20,}|dop_v1_[0-9a-f]{32,}|npm_\w{30,}|"
    r"pypi-AgE\S{30,}|dckr_pat_[\w-]{20,}|PMAK-[\w-]{20,}|figd_[\w-]{20,}|sq0\w{3}-[\w-]{20,}|"
    r"ATATT3[\w=-]{20,}|secret_[A-Za-z0-9]{40,}|AGE-SECRET-KEY-1[0-9A-Z]{50,}|dapi[0-9a-f]{32}|"
    r"xai-\w{60,}|gsk_\w{40,}|r8_\w{30,}|pplx-\w{40,}|tvly-[\w-]{20,}|phx_\w{30,}|"
    r"sbp_[0-9a-f]{40}|sntrys_[\w=-]{20,}|glsa_\w{30,}|pul-[0-9a-f]{40}|do[or]_v1_[0-9a-f]{32,}|"
    r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"
    r")"
)
#: The detectors of detect-secrets that look at the value alone.
_DETECTORS = (
    ("artifactory", "ArtifactoryDetector"),
    ("aws", "AWSKeyDetector"),
    ("azure_storage_key", "AzureStorageKeyDetector"),
    ("discord", "DiscordBotTokenDetector"),
    ("github_token", "GitHubTokenDetector"),
    ("gitlab_token", "GitLabTokenDetector"),
    ("jwt", "JwtTokenDetector"),
    ("mailchimp", "MailchimpDetector"),
    ("npm", "NpmDetector"),
    ("openai", "OpenAIDetector"),
    ("pypi_token", "PypiTokenDetector"),
    ("sendgrid", "SendGridDetector"),
    ("slack", "SlackDetector"),
    ("square_oauth", "SquareOAuthDetector"),
    ("stripe", "StripeDetector"),
    ("telegram_token", "TelegramBotTokenDetector"),
    ("twilio", "TwilioKeyDetector"),
)
#: What none of their patterns can do without: a long run with letters and digits.
_CANDIDATE = re.compile(r"[\w.:=/+-]{20,512}")
#: What a text without a telling name has when it holds a secret.
_WORTH = re.compile(
    r"[=:]|PRIVATE KEY|\b(?:bearer|basic|token|bot|api-?key|oauth|splunk|digest)\b|\S{16}", re.I
)
_RUN = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
#: Names of values that look random, as everybody may see.
_FINGERPRINT = re.compile(r"checksum|digest|etag|integrity|fingerprint|sha(?:1|256|512)?$", re.I)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
#: Bits a sign above which a run of letters and digits is no word (of base64, and of hex).
_BITS, _BITS_OF_HEX = 4.0, 3.0
_SHORT = 8


def suspects(text: str, name: str = "", *, prose: bool = False) -> list[Suspect]:
    """The secrets in a value that stands under `name`, none twice, in the order of the text.

    In `prose` (prompts, code) a name counts only where a value is assigned to it.
    """
    if not text or len(text) < 2:
        return []
    if not _WORTH.search(text) and not (name and not prose and is_secret_name(name)):
        return []
    found = [*_by_name(text, name)] if not prose else [*_assigned(text)]
    if not any(item.certain and item.end - item.start == len(text) for item in found):
        found += [
            *_by_scheme(text, name, prose),
            *_by_place(text, prose),
            *_by_look(text, name),
        ]
        if not prose:
            found += _by_entropy(text, name)
    return _apart(item for item in found if not _is_variable(text[item.start : item.end]))


def is_secret_name(name: str) -> bool:
    """Whether what stands under `name` is a secret by that alone."""
    return bool(_NAMED.search(name)) and not _HARMLESS.search(name)


def _is_variable(text: str) -> bool:
    """A variable of the workflow, alone or behind the name of a scheme: no secret of a file."""
    if "{{" in text or _PERSONS.search(text):
        return True
    return "${" in text and not re.sub(r"^\w+\s+", "", _VARIABLES.sub("", text)).strip()


def _apart(found: Iterable[Suspect]) -> list[Suspect]:
    """Those that do not overlap: certain ones go before doubtful ones, long before short."""
    kept: list[Suspect] = []
    for item in sorted(found, key=lambda s: (not s.certain, s.start - s.end, s.start)):
        if item.start < item.end and all(
            item.end <= other.start or item.start >= other.end for other in kept
        ):
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)


def _by_name(text: str, name: str) -> Iterator[Suspect]:
    if not is_secret_name(name) or _PLAIN.fullmatch(text.strip()):
        return
    if _SCHEME.match(text) and not _OF_OLD.search(name):
        return  # the scheme stays readable
    if re.match(r"\s*https?://", text):
        return  # an address, of which only parts are secret
    certain = bool(_SURE.search(name)) or not _is_word(text)
    if not certain and name.lower() == "key":
        return
    yield Suspect(0, len(text), name, f"`{name}` holds a secret", certain)


#: Names under which the whole value has always been taken, scheme and all.
_OF_OLD = re.compile(r"authorization|cookie|api.?key|token|secret|password|passwd|credential", re.I)


def _is_word(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z]+(?:[ _.-][A-Za-z]+)*", text)) and len(text) < 24


def _by_scheme(text: str, name: str, prose: bool) -> Iterator[Suspect]:
    pattern = _SCHEME_IN_TEXT if prose else _SCHEME
    for found in pattern.finditer(text):
        secret = found["secret"].rstrip()
        certain = prose or is_secret_name(name) or (" " not in secret and len(secret) >= _SHORT)
        if " " in secret and not certain:
            continue
        start = found.start("secret")
        label = name or "token"
        yield Suspect(start, start + len(secret), label, "what somebody signs in with", certain)


def _by_place(text: str, prose: bool) -> Iterator[Suspect]:
    """Inside addresses and forms."""
    for found in _URL.finditer(text):
        for item in _in_url(found[0]):
            start = found.start()
            yield replace(item, start=item.start + start, end=item.end + start)
    if not prose and _FORM.match(text) and "://" not in text:
        yield from _in_pairs(text, 0)
    if prose:
        return
    if text.lstrip()[:1] in ("{", "["):
        for pattern in (_MEMBER, _MEMBER_INSIDE, _NAMED_VALUE):
            yield from _in_members(text, pattern)
        yield from (replace(item, certain=True) for item in _assigned(text))
    if text.lstrip()[:1] == "<":
        yield from _in_members(text, _ELEMENT)
    if "=" in text:
        yield from _in_attributes(text)


def _in_members(text: str, pattern: re.Pattern[str]) -> Iterator[Suspect]:
    """Inside documents that name each of their values."""
    for member in pattern.finditer(text):
        for item in suspects(member["value"], member["name"]):
            start = member.start("value")
            yield replace(item, start=item.start + start, end=item.end + start)


def _in_attributes(text: str) -> Iterator[Suspect]:
    for found in _ATTRIBUTE.finditer(text):
        name, value = found["name"], found["value"]
        if _SURE.search(name) and not _HARMLESS.search(name) and not _PLAIN.fullmatch(value):
            yield Suspect(*found.span("value"), name, f"`{name}` in a list of pairs")


def _in_url(url: str) -> Iterator[Suspect]:
    offset = url.index("://") + 3
    rest = url[offset:]
    host_end = min((rest.find(sign) for sign in "/?#" if sign in rest), default=len(rest))
    netloc, after = rest[:host_end], offset + host_end
    user, at, host = netloc.rpartition("@")
    if at and (":" in user or url.lower().startswith("http")):
        yield Suspect(offset, offset + len(user), "userinfo", "a user with a password")
    path = re.split(r"[?#]", url[after:], maxsplit=1)[0]
    yield from _in_path(host.partition(":")[0], path, after)
    for query in re.finditer(r"[?#&]([^#]*)", url[after:]):
        yield from _in_pairs(query[1], after + query.start(1))
        break
    if "#" in url[after:] and "=" in url[after:].partition("#")[2]:
        part = url[after:].partition("#")[2]
        yield from _in_pairs(part, len(url) - len(part))


def _in_path(host: str, path: str, offset: int) -> Iterator[Suspect]:
    for of_host, of_path in _HOOKS:
        if re.fullmatch(of_host, host, re.I):
            found = re.search(of_path, path)
            if found:
                start, end = found.span("secret")
                end -= len(found["secret"]) - len(found["secret"].rstrip("/"))
                yield Suspect(start + offset, end + offset, "hook", "the path of a hook")
                return


def _in_pairs(text: str, offset: int) -> Iterator[Suspect]:
    for pair in _PAIR.finditer(text):
        name, value = unquote(pair["name"]), pair["value"]
        start, end = (at + offset for at in pair.span("value"))
        weak = bool(_WEAK.match(name))
        if not value or _PLAIN.fullmatch(value) or not (weak or is_secret_name(name)):
            continue
        certain = len(value) >= _SHORT and not value.isdigit() if weak else True
        if weak and not certain and (len(value) < 4 or _is_word(value) or value.isdigit()):
            continue
        yield Suspect(start, end, name, f"`{name}` in an address or a form", certain)


def _assigned(text: str) -> Iterator[Suspect]:
    """`password = "..."` in code and prose."""
    for found in _ASSIGNED.finditer(text):
        value = found["value"]
        plain = _PLAIN.fullmatch(value) or _is_word(value) or " " in value.strip()
        if is_secret_name(found["name"]) and not plain and not value.startswith(("http", "/", ".")):
            name = found["name"]
            yield Suspect(*found.span("value"), name, f"a value of `{name}`", False)


def _by_look(text: str, name: str) -> Iterator[Suspect]:
    label = name if name and name.lower() not in ("url", "body", "link") else "token"
    for found in _PEM.finditer(text):
        yield Suspect(*found.span(), "private_key", "a private key")
    for found in _LOOKS.finditer(text):
        yield Suspect(*found.span(), label, "it looks like a key of a known service")
    for run in _CANDIDATE.finditer(text):
        if re.search("[0-9]", run[0]) and re.search("[A-Za-z]", run[0]):
            yield from _detected(run[0], run.start(), label)


def _detected(text: str, offset: int, label: str) -> Iterator[Suspect]:
    for detector in _detectors():
        for secret in detector.analyze_string(text):
            # Of a whole address, only a part is secret, and our own table knows which.
            start = text.find(secret) if secret and "://" not in secret else -1
            if start >= 0:
                why = f"it looks like a key ({detector.secret_type})"
                yield Suspect(start + offset, start + offset + len(secret), label, why)


@cache
def _detectors() -> tuple[Any, ...]:
    """Slow to load, and most texts hold nothing that needs it."""
    return tuple(
        getattr(import_module(f"detect_secrets.plugins.{module}"), name)()
        for module, name in _DETECTORS
    )


def _by_entropy(text: str, name: str) -> Iterator[Suspect]:
    """Runs of letters and digits that nobody would write: doubtful, for ids look so too."""
    if _FINGERPRINT.search(name):
        return
    for found in _RUN.finditer(_UUID.sub(lambda uuid: " " * len(uuid[0]), text)):
        if looks_random(found[0]):
            yield Suspect(*found.span(), name or "token", "it looks random", certain=False)


def looks_random(text: str) -> bool:
    """Whether a run of letters and digits is no word or path, but drawn by lot."""
    if re.fullmatch(r"[0-9a-f]{32,}|[0-9A-F]{32,}", text):
        return _entropy(text) >= _BITS_OF_HEX
    longest = max(re.split("[_-]", text), key=len)
    kinds = sum(bool(re.search(kind, longest)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    # Words joined by dashes, and file names, change between the kinds seldom.
    changes = len(re.findall(r"(?<=[a-zA-Z])[0-9]|(?<=[0-9])[a-zA-Z]|(?<=[a-z])[A-Z]", text))
    return kinds == 3 and changes >= len(text) / 6 and _entropy(text) >= _BITS


def _entropy(text: str) -> float:
    """Bits of information a sign (Shannon)."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def host_of(url: str) -> str:
    """The host that an address leads to, without user and port; empty where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
