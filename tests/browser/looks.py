"""What a browser sees on each page, looked at once for all tests."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page, Request

HERE = Path(__file__).parent
CONTRAST = (HERE / "contrast.js").read_text()
LAYOUT = (HERE / "layout.js").read_text()
WIDTHS = (320, 375, 1280, 1920)
DESKTOP = 1280
HEIGHT = 900

OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true })"
# How each admin is made dark or light by hand.
SWITCHES = {
    "admin": "theme => { document.documentElement.dataset.theme = theme }",
    "unfold": """async theme => {
        Alpine.$data(document.documentElement).switchTheme(theme);
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
    }""",
}
OURS = {"pages": "body", "admin": '[class*="tavus-"]', "unfold": '[class*="tavus-"]'}
"""What is to be read; in the admin all else is Django's, or the theme's."""
OUR_OWN_PAGES = ", #content :is(form, p, ul)"
"""Of the admin: what is on these, too."""


@dataclass(frozen=True)
class Scheme:
    """What the system says, and what the admin's own switch says; pages have none."""

    system: str
    switch: str = ""

    def __str__(self) -> str:
        return f"{self.switch} by hand, system {self.system}" if self.switch else self.system


BY_SYSTEM = [Scheme("light"), Scheme("dark")]
BY_HAND = [Scheme(system, switch) for system in ("light", "dark") for switch in ("light", "dark")]
SCHEMES = {"pages": BY_SYSTEM, "admin": [*BY_SYSTEM, *BY_HAND[1:3]], "unfold": BY_HAND}


@dataclass
class Look:
    """One page: what was wrong there, to be asserted by the tests."""

    name: str
    looked: dict[Scheme, int] = field(default_factory=dict)
    """How many texts and graphics were measured."""
    faint: dict[Scheme, list[dict[str, Any]]] = field(default_factory=dict)
    """Those with too little contrast, as contrast.js tells of them."""
    layouts: dict[int, dict[str, Any]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


def look_at(page: "Page", door: str, name: str, base: str, path: str) -> Look:
    look = Look(name)

    def on_console(message: "ConsoleMessage") -> None:
        where = message.location["url"]
        # The browser asks for an icon by itself where a page of Django's has none.
        if message.type in ("error", "warning") and not where.endswith("/favicon.ico"):
            look.complaints.append(f"{message.text} ({where})")

    def on_request(request: "Request") -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(base):
            look.strangers.append(request.url)

    listeners = {
        "console": on_console,
        "pageerror": lambda error: look.complaints.append(str(error)),
        "request": on_request,
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    answer = page.goto(base + path)
    assert answer.status == 200, (name, answer.status)
    if door != "unfold":
        _measure_layout(page, look)
    _measure_contrast(page, door, look)
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    return look


def _measure_layout(page: "Page", look: Look) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        look.layouts[width] = page.evaluate(LAYOUT)
    page.set_viewport_size({"width": DESKTOP, "height": HEIGHT})


def _measure_contrast(page: "Page", door: str, look: Look) -> None:
    is_our_own = look.name.startswith(("form", "failure groups"))
    selector = OURS[door] + (OUR_OWN_PAGES if door != "pages" and is_our_own else "")
    page.evaluate(OPEN_ALL)
    page.keyboard.press("Tab")  # from now on, the focus is shown as to somebody without a mouse
    for scheme in SCHEMES[door]:
        page.emulate_media(color_scheme=scheme.system)
        if scheme.switch:
            page.evaluate(SWITCHES[door], scheme.switch)
        told = [
            page.evaluate(CONTRAST, {"selector": selector, "focus": focus})
            for focus in (False, True)
        ]
        look.looked[scheme] = sum(it["looked"] for it in told)
        look.faint[scheme] = [found for it in told for found in it["found"]]
    page.evaluate("() => delete document.documentElement.dataset.theme")
