"""Every way an answer can come, or fail to come, and the verdict on it by method."""

from __future__ import annotations

from exact_import.exact.errors import (
    Method,
    NotSent,
    NotTrusted,
    ResponseLost,
    TransportError,
    Verdict,
)
from tls_double import Reply, answer, refusal

METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "DELETE")
SCOPE = "Forbidden - Application Scope Violated. Cannot read 'organization.administration' scope."
UNKNOWN_PROPERTY = (
    "Error processing request stream. The property name 'X' specified for type "
    "'Exact.Web.Api.Models.Contact' is not valid."
)
RECORD = {"d": {"ID": "0f8fad5b-d9cb-469f-a165-70867728950e", "Name": "x"}}

D, R, G, T = Verdict.DONE, Verdict.REFUSED, Verdict.GONE, Verdict.RETRY
E, S, U = Verdict.EXPIRED, Verdict.STOP, Verdict.UNKNOWN

# What comes, and the verdict for GET, POST, PUT and DELETE.
TABLE: dict[str, tuple[Reply | TransportError, Verdict, Verdict, Verdict, Verdict]] = {
    "200 with records": (answer({"d": {"results": []}}), D, U, D, D),
    "200 plain list": (answer({"d": []}), D, U, D, D),
    "201 with the record": (answer(RECORD, 201), D, D, D, D),
    "201 without its ID": (answer({"d": {"ID": None}}, 201), D, U, D, D),
    "201 with an ID that is none": (answer({"d": {"ID": "a1"}}, 201), D, U, D, D),
    "200 nested too deep": (
        Reply(200, b'{"d":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
        T,
        U,
        U,
        U,
    ),
    "201 empty": (Reply(201), T, U, D, D),
    "204": (Reply(204), T, U, D, D),
    "200 without d": (answer({}), T, U, D, D),
    "200 d is null": (answer({"d": None}), T, U, D, D),
    "200 maintenance page": (Reply(200, b"<html>Maintenance</html>"), T, U, U, U),
    "200 cut-off JSON": (Reply(200, b'{"d": {"resu'), T, U, U, U),
    "301": (Reply(301, b"", {"Location": "https://elsewhere.example/"}), S, S, S, S),
    "302": (Reply(302, b"", {"Location": "/login"}), S, S, S, S),
    "307": (Reply(307, b"", {"Location": "/again"}), S, S, S, S),
    "400 unknown property": (refusal(UNKNOWN_PROPERTY, 400), S, S, S, S),
    "400 nothing said": (Reply(400), S, S, S, S),
    "401": (Reply(401, b"", {"Reason": "Authentication Required"}), E, E, E, E),
    "403 wrong division": (refusal("Forbidden - WrongDivision", 403), S, S, S, S),
    "403 scope": (refusal(SCOPE, 403), S, S, S, S),
    "403 blocked": (Reply(403, b"", {"Reason": "BlockedUser"}), S, S, S, S),
    "403 licence": (Reply(403, b"", {"Reason": "LicenseExpired: x"}), S, S, S, S),
    "403 bare": (Reply(403), S, S, S, G),
    "404": (Reply(404), S, S, G, G),
    "405": (Reply(405), S, S, S, S),
    "408": (Reply(408), T, U, U, U),
    "413": (Reply(413), S, S, S, S),
    "429": (Reply(429), T, U, T, T),
    "500 refusal": (refusal("Invalid: Email []"), T, R, R, R),
    "500 duplicate": (refusal("Gegeven bestaat reeds."), T, R, R, R),
    "500 nothing said": (Reply(500), T, U, U, U),
    "500 empty sentence": (refusal(""), T, U, U, U),
    "500 a page": (Reply(500, b"<html>"), T, U, U, U),
    "502": (Reply(502), T, U, U, U),
    "503": (refusal("Server maintenance: …", 503), T, U, U, U),
    "504": (Reply(504), T, U, U, U),
    "not sent": (NotSent("it refuses the connection"), T, T, T, T),
    "lost": (ResponseLost("no answer came in time"), T, U, U, U),
    "not trusted": (NotTrusted("its certificate is not valid"), S, S, S, S),
}
