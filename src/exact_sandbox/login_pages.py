"""The pages of a login in the browser: log in, choose companies, go back.

docs/exact-online.md, "Login". The forms pass the app's request from page to page; the sandbox has
one user and accepts any name and password.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, quote, urlencode

from exact_sandbox import oauth
from exact_sandbox.http import HttpRequest, HttpResponse, page
from exact_sandbox.state import SandboxState

_REQUEST = ("client_id", "redirect_uri", "response_type", "state", "force_login")
# A user stays logged in for the session of the browser, as with Exact Online.
_COOKIE = "sandbox_login"

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2433; --paper: #fff; --edge: #d5dae3; --key: #b3123f;
  --ground: #eef1f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf2; --paper: #1c2029; --edge: #3a4252; --key: #f4698f;
    --ground: #12151b; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; color: var(--ink);
  background: var(--ground); font: 16px/1.5 system-ui, sans-serif; }
main { width: min(28rem, 92vw); padding: 2rem; background: var(--paper);
  border: 1px solid var(--edge); border-radius: 12px; }
.mark { display: inline-block; padding: .1rem .6rem; border-radius: 99px; font-size: .8rem;
  border: 1px solid var(--key); color: var(--key); }
h1 { margin: .8rem 0 .4rem; font-size: 1.4rem; }
label { display: block; margin: .8rem 0; }
input[type=text], input[type=password] { width: 100%; padding: .5rem; font: inherit;
  color: inherit; background: transparent; border: 1px solid var(--edge); border-radius: 6px; }
fieldset { margin: 1rem 0; padding: .2rem 1rem; border: 1px solid var(--edge);
  border-radius: 6px; }
button { margin: .6rem .6rem 0 0; padding: .5rem 1.2rem; font: inherit; cursor: pointer;
  border-radius: 6px; border: 1px solid var(--key); background: transparent; color: inherit; }
button.yes { background: #b3123f; border-color: #b3123f; color: #fff; }
small { opacity: .75; }
"""


def respond(state: SandboxState, call: HttpRequest) -> HttpResponse:
    """Answer a call to /api/oauth2/auth, at whichever step of the login."""
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"))) if call.method == "POST" else {}
    asked = {name: value for name, value in {**call.query, **form}.items() if name in _REQUEST}
    refused = _refused(state, asked)
    if refused:
        return refused
    step = form.get("step")
    if step == "consent":
        return _go_back(state, call, asked)
    if step == "login":
        answer = page(200, _consent(state, asked))
        cookie = f"{_COOKIE}=1; Path=/; HttpOnly; Secure; SameSite=Lax"
        return answer.with_headers({"Set-Cookie": cookie})
    if f"{_COOKIE}=1" in call.headers.get("Cookie", "") and asked.get("force_login") != "1":
        return page(200, _consent(state, asked))
    return page(200, _login(asked))


def _refused(state: SandboxState, asked: Mapping[str, str]) -> HttpResponse | None:
    redirect = asked.get("redirect_uri", "")
    if asked.get("client_id") != oauth.credentials(state.store, state.settings)[0]:
        text = "No app is registered with this client id on this country's site."
        return page(400, _page("Unknown app", f"<p>{text}</p>"))
    if not oauth.registered(state.settings, redirect):
        # Exact Online answers so to an address that is not https too.
        status = 400 if redirect.startswith("https://") else 401
        text = f"The app is not registered with the redirect URI <b>{escape(redirect)}</b>."
        return page(status, _page("Wrong redirect URI", f"<p>{text}</p>"))
    if asked.get("response_type") != "code":
        return page(400, _page("Wrong request", "<p>The response type must be “code”.</p>"))
    return None


def _go_back(state: SandboxState, call: HttpRequest, asked: Mapping[str, str]) -> HttpResponse:
    fields = parse_qsl(call.body.decode("utf-8", "replace"))
    chosen = {int(value) for name, value in fields if name == "division" and value.isdecimal()}
    granted = chosen & state.companies().keys()
    if ("answer", "allow") in fields and granted:
        query = {"code": oauth.issue_code(state, asked["redirect_uri"], granted)}
    else:
        query = {"error": "access_denied"}
    if "state" in asked:
        query["state"] = asked["state"]
    redirect = asked["redirect_uri"]
    mark = "&" if "?" in redirect else "?"
    # Escaped so that the "!" of a code arrives as %21.
    location = f"{redirect}{mark}{urlencode(query, quote_via=quote, safe='')}"
    return HttpResponse(302, headers={"Location": location, "Cache-Control": "no-store"})


def _login(asked: Mapping[str, str]) -> str:
    return _page(
        "Log in",
        f"""<form method="post" action="/api/oauth2/auth">{_carried(asked, "login")}
<label>User name <input type="text" name="user" autocomplete="username" autofocus></label>
<label>Password <input type="password" name="password" autocomplete="current-password"></label>
<button class="yes" type="submit">Log in</button>
<p><small>Any name and password will do.</small></p></form>""",
    )


def _consent(state: SandboxState, asked: Mapping[str, str]) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="division" value="{company.code}" checked> '
        f"{escape(company.name)} <small>({company.code})</small></label>"
        for company in state.companies().values()
    )
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in state.settings.scopes)
    return _page(
        "Give the app access?",
        f"""<form method="post" action="/api/oauth2/auth">{_carried(asked, "consent")}
<p>The app with client id <b>{escape(asked["client_id"])}</b> asks to use:</p><ul>{scopes}</ul>
<fieldset><legend>In these companies</legend>{boxes}</fieldset>
<button class="yes" type="submit" name="answer" value="allow">Allow</button>
<button type="submit" name="answer" value="deny">Deny</button></form>""",
    )


def _carried(asked: Mapping[str, str], step: str) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in {**asked, "step": step}.items()
    )


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} – sandbox'
        '</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body><main>'
        f'<span class="mark">sandbox</span><h1>{title}</h1>{content}</main></body></html>'
    )
