"""Reading a page as a browser or a screen reader would: by its elements, not by its source."""

from html.parser import HTMLParser

from django.templatetags.static import static

VOID = {"br", "hr", "img", "input", "link", "meta", "source"}


class Element:
    def __init__(self, tag, attrs, parent):
        self.tag, self.attrs, self.parent = tag, dict(attrs), parent
        self.children = []

    def __iter__(self):
        """All elements within, in the order of the page."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    @property
    def text(self):
        """All text within, with single spaces."""
        return " ".join("".join(self._texts()).split())

    @property
    def classes(self):
        return (self.attrs.get("class") or "").split()

    def all(self, tag="", **attrs):
        """The elements within of this tag with these attributes: `all("a", aria_label="x")`."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        return [
            element
            for element in self
            if (not tag or element.tag == tag) and wanted.items() <= element.attrs.items()
        ]

    def one(self, tag="", **attrs):
        (found,) = self.all(tag, **attrs)
        return found

    def is_within(self, tag):
        return self.parent is not None and (self.parent.tag == tag or self.parent.is_within(tag))

    def _texts(self):
        for child in self.children:
            if isinstance(child, Element):
                yield from child._texts()
            else:
                yield child


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.here = Element("", {}, None)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, attrs, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)


def read(response):
    """The elements of a page. Raises AssertionError when a tag is not closed as it should be."""
    return parsed(response.content.decode())


def parsed(html):
    """The elements of a part of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.tag}> is never closed"
    return reader.root


def foreign_scripts(page):
    """What would run in a browser, but for the one script of the pages."""
    ours = static("tavus_hooks/pages.js")
    return [it.attrs for it in page.all("script") if it.attrs.get("src") != ours or it.text]
