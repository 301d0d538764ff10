#!/usr/bin/env python3
"""The results as bars (SVG): what was measured against its target, and other programs beside it.

usage: picture.py RESULTS.json > results.svg"""

import json
import sys
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 860, 290, 130
ROW, BAR = 30, 18
INK, FAINT, PASS, FAIL, GREY = "#1f2328", "#8c959f", "#2da44e", "#cf222e", "#afb8c1"
# A program that needs more than this many times gzip's time gets a bar that is cut off.
WIDEST_RATIO = 5.0


class Drawing:
    """SVG elements from top to bottom."""

    def __init__(self):
        self.parts, self.y = [], 0

    def text(self, x, y, content, size=13, anchor="start", fill=INK, weight="normal"):
        # The white outline keeps a number readable where a line runs behind it.
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{fill}" '
            f'font-weight="{weight}" paint-order="stroke" '
            f'stroke="#ffffff" stroke-width="4">{escape(content)}</text>'
        )

    def box(self, x, y, width, height, fill):
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}" rx="2" fill="{fill}"/>'
        )

    def bar(self, length, longest, fill):
        """A bar in the middle of the row; one that would be longer than the longest is cut off."""
        middle, drawn = self.y + ROW / 2, min(length, longest)
        self.box(LEFT, middle - BAR / 2, drawn, BAR, fill)
        if length > longest:
            cut = LEFT + drawn - 22
            self.line(cut, middle + 12, cut + 8, middle - 12, "#ffffff", 5)
        return LEFT + drawn

    def line(self, x1, y1, x2, y2, stroke, width=1.0, dash=""):
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{stroke}" stroke-width="{width}"{dashes}/>'
        )

    def heading(self, content, below):
        self.y += 34
        self.text(20, self.y, content, size=16, weight="600")
        self.y += 19
        self.text(20, self.y, below, size=12, fill=FAINT)
        self.y += 12

    def svg(self):
        height = self.y + 16
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
            f'width="{WIDTH}" height="{height:.0f}" font-family="-apple-system, \'Segoe UI\', '
            f"'DejaVu Sans', Helvetica, Arial, sans-serif\">\n"
            f'<rect width="100%" height="100%" fill="#ffffff"/>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )


def against_targets(drawing, targets):
    """A bar for each target; the bar's length is the share of what is allowed."""
    drawing.heading(
        "Against the targets",
        "bar: measured, as a share of what is allowed (line); "
        "dot: floor.c, what the hardware allows on one thread",
    )
    measured = [target for target in targets if target["value"] is not None]
    shares = [target["value"] / target["limit"] for target in measured]
    widest = max(1.25, min(max(shares, default=1), 2.5))
    scale = (WIDTH - LEFT - RIGHT) / widest
    limit, end = LEFT + scale, drawing.y + ROW * len(measured)
    for target, share in zip(measured, shares, strict=True):
        middle = drawing.y + ROW / 2
        drawing.text(LEFT - 12, middle + 4.5, target["name"].replace("`", ""), anchor="end")
        drawing.bar(share * scale, widest * scale, PASS if share <= 1 else FAIL)
        if target["floor"] is not None:
            x = LEFT + target["floor"] / target["limit"] * scale
            drawing.parts.append(
                f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="4" fill="#ffffff" '
                f'stroke="{INK}" stroke-width="1.5"/>'
            )
        unit = "" if target["unit"].startswith("×") else " " + target["unit"]
        places = 0 if unit else 2
        drawing.text(
            WIDTH - RIGHT + 14,
            middle + 4.5,
            f"{target['value']:.{places}f} of {target['limit']:.{places}f}{unit}",
        )
        drawing.y += ROW
    drawing.line(limit, end - ROW * len(measured), limit, end, INK, 1.5, "4 3")


def beside_others(drawing, comparisons):
    """CPU of programs over the same log, as a ratio to gzip -dc."""
    for kind, bars in comparisons.items():
        drawing.heading(
            f"{kind}.gz: processor time of one thread, as a ratio to gzip -dc",
            "the same log, the same run; floor.c and gzip do less than the job",
        )
        scale = (WIDTH - LEFT - RIGHT) / WIDEST_RATIO
        drawing.line(
            LEFT + scale, drawing.y, LEFT + scale, drawing.y + ROW * len(bars), INK, 1.0, "4 3"
        )
        for name, ratio in sorted(bars.items(), key=lambda bar: bar[1]):
            middle = drawing.y + ROW / 2
            drawing.text(
                LEFT - 12,
                middle + 4.5,
                name,
                anchor="end",
                weight="600" if name == "backtally" else "normal",
            )
            end = drawing.bar(
                ratio * scale, WIDEST_RATIO * scale, PASS if name == "backtally" else GREY
            )
            drawing.text(end + 8, middle + 4.5, f"{ratio:.2f}")
            drawing.y += ROW


def picture(results):
    drawing = Drawing()
    against_targets(drawing, results["targets"])
    beside_others(drawing, results["comparisons"])
    drawing.y += 22
    rounds = f"{results['rounds']} round{'s' * (results['rounds'] > 1)}"
    drawing.text(
        20,
        drawing.y,
        f"{results['date'][:10]}, {results['machine']['processor']}, "
        f"backtally {results['machine']['versions']['backtally']}, "
        f"{results['megabytes']:,} MB of log, medians of {rounds}",
        size=12,
        fill=FAINT,
    )
    return drawing.svg()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        print(picture(json.load(file)), end="")
