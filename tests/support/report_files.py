"""Files whose report is looked at."""

from __future__ import annotations

from pathlib import Path

from sandbox_env import SandboxEnv

# The same customers twice: as they were, and with mistakes and changes.
BEFORE, AFTER = (
    Path(__file__).with_name(f"report_{name}.csv").read_text("utf-8")
    for name in ("before", "after")
)

# A row that may be a company of the others, spelled otherwise.
HELD = ";Drukkerij Zetzel;Inktlaan 44;8000;Brugge;België;;;;;\n"

# A new company on two rows, with two customer numbers.
ALIKE = "".join(f"{code};Café Sport;Markt 3;8000;Brugge;België;;;;;\n" for code in (5009, 5010))

# What an attacker might put into a cell, and what is merely unusual in HTML.
HOSTILE = (
    "<script>document.title='taken'</script>",
    "<img src=https://evil.example/x onerror=document.title='taken'>",
    "</td></table><h1>Mine</h1>",
    "\"' onmouseover='document.title=1'",
    "</script><script>document.title='taken'</script>",
    "&lt;b&gt; & &amp;",
    "<style>*{display:none}</style>",
    "javascript:alert(1)",
    "\u202emoc.live\u202c",
)


def hostile_file(env: SandboxEnv) -> Path:
    rows = [
        f'{number},"{cell.replace(chr(34), chr(34) * 2)}",no-address'
        if number % 2
        else f'{number},"{cell.replace(chr(34), chr(34) * 2)}",a{number}@b.example'
        for number, cell in enumerate(HOSTILE, 6001)
    ]
    header = 'Code,Company,"E-mail <b>of</b> ""them"""'
    env.configure('[account]\nCode = {Code}\nName = {Company}\nEmail = {E-mail <b>of</b> "them"}\n')
    return env.write("<i>a&b.csv", "\r\n".join([header, *rows]) + "\r\n")


SECTIONS = {
    "Rejected rows 2": ["line 7", "emre.elektro.example"],
    "Held: which record is it? 1": ["Drukkerij Zetzel", "5004", "Inktlaan 44, 8000 Brugge"],
    "Likely duplicates 1": [
        "line 12",
        "has the same name and",
        "as line 11 but a different customer number",
    ],
    "No number for e-invoices (Peppol) 6": ["line 2", "Bakkerij De Korenbloem"],
}
