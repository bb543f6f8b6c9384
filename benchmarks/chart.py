"""The ratios as a bar chart in SVG, readable in light and dark."""

from html import escape
from typing import Any

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
ROW, LABEL, SCALE = 22, 360, 420
STYLE = (
    "text{font:13px sans-serif;fill:#333}.bar{fill:#4a7dbd}.bound{stroke:#c0392b;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.bar{fill:#6fa3e0}}"
)


def chart(rows: list[dict[str, Any]]) -> str:
    """One bar for each row; a line where its bound is."""
    height = ROW * len(rows) + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LABEL + SCALE + 60} {height}">',
        f"<style>{STYLE}</style>",
    ]
    for number, row in enumerate(rows):
        y = 5 + number * ROW
        width = round(min(row["ratio"], 1) * SCALE)
        name = escape(f"{row['scenario']} ({NAMES[row['database']]})")
        lines += [
            f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{name}</text>',
            f'<rect class="bar" x="{LABEL}" y="{y + 2}" width="{width}" height="{ROW - 6}"/>',
            f'<text x="{LABEL + width + 6}" y="{y + 14}">{row["ratio"]:.2f}</text>',
        ]
        if row["bound"] is not None:
            x = LABEL + round(row["bound"] * SCALE)
            lines.append(f'<line class="bound" x1="{x}" x2="{x}" y1="{y}" y2="{y + ROW - 2}"/>')
    return "\n".join([*lines, "</svg>", ""])
