"""Read a page as a browser does, as far as the tests need."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"input", "img", "br", "hr", "meta", "link", "source", "wbr", "col", "area", "base"}


class Page(HTMLParser):
    """The elements of a page and its visible text."""

    def __init__(self, answer) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.inline: list[str] = []
        self.open: list[str] = []
        self.feed(answer.content.decode())
        self.close()
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        # What is opened last is closed first: a page that does otherwise is broken.
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            self.inline.append(data)
        else:
            self.texts.append(data)

    def links(self) -> list[str]:
        """Give where the links lead."""
        return [attrs.get("href") or "" for tag, attrs in self.elements if tag == "a"]

    def addresses(self) -> list[str]:
        """Give everything the browser would load or send to."""
        names = ("href", "src", "action", "srcset", "data", "poster", "formaction")
        return [attrs[name] or "" for _, attrs in self.elements for name in names if name in attrs]
