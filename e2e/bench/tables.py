"""Figures as tables of Markdown."""

from rounds import median


def markdown(rows):
    """rows: the head first; the first column is text, the others are numbers."""
    rows = [rows[0], ["---"] + ["--:"] * (len(rows[0]) - 1), *rows[1:]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |" for row in rows)


def compared(title, costs, ours, mib, peaks):
    """peaks: name -> MiB; those that it lacks aren't measured."""
    rows = [[title, "seconds", "min–max", "MiB/s", "time, ours ÷ this", "CPU s, client", "CPU s, server", "peak MiB"]]
    reference = median(costs[ours])
    for name, of_peer in costs.items():
        seconds = median(of_peer)
        times = sorted(cost.seconds for cost in of_peer)
        rows.append(
            [
                f"**{name}**" if name == ours else name,
                f"{seconds:.2f}",
                f"{times[0]:.2f}–{times[-1]:.2f}",
                f"{mib / seconds:.0f}",
                f"{reference / seconds:.2f}",
                f"{median(of_peer, 'cpu'):.2f}",
                f"{median(of_peer, 'server_cpu'):.2f}",
                f"{peaks[name]:.0f}" if name in peaks else "",
            ]
        )
    return markdown(rows)


class Must:
    """A bound of what is measured: told, and never a reason to fail, since it depends on the machine."""

    def __init__(self, text, figure, bound, unit, least=False):
        self.text = text
        self.met = figure >= bound if least else figure <= bound
        sign = "≥" if least else "≤"
        self.how = f"{figure:.2f}{unit}, must be {sign} {bound:g}{unit}"

    def __str__(self):
        return f"- {self.text}: **{'met' if self.met else 'NOT met'}** ({self.how})"
