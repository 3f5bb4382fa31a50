# SPDX-License-Identifier: Apache-2.0
"""Writes mdoc, the language of manual pages, from the Markdown of docs/ and from --help."""

import re
import textwrap

WIDTH = 78
# Pages of docs/ that are manual pages as well.
MANUALS = {"configuration.md": "slewd.json(5)", "rules.md": "slewd.rules(5)"}


def escape(text):
    return text.replace("\\", "\\e").replace("-", "\\-")


def link(match):
    """A link to another page is named; one within the page, or to a runbook, is its text alone."""
    text, target = match.group(1), match.group(2)
    page = target.split("#")[0]
    if not page or page.startswith("runbooks/") or not page.endswith(".md"):
        return text
    named = MANUALS.get(page, f"docs/{page}")
    stem = page.split("/")[-1].removesuffix(".md")
    return named if text in (stem, page, stem.replace("-", " ")) else f"{text} ({named})"


def inline(text):
    """Bold for what is typed and for what is stressed; everything else as it stands."""
    text = re.sub(r"!?\[((?:[^]`]|`[^`]*`)*)\]\(([^)]*)\)", link, text)
    out = []
    for part in re.split(r"(`[^`]*`)", text):
        if part.startswith("`"):
            out.append("\\fB" + escape(part[1:-1]).replace("'", "\\(aq") + "\\fR")
        else:
            part = part.replace("\\", "\\e")
            out.append(re.sub(r"\*\*(.+?)\*\*", r"\\fB\1\\fR", part))
    return "".join(out)


def text_lines(text):
    """A sentence begins on a line of its own, and no line begins as a request would."""
    lines = []
    for sentence in re.split(r"(?<=[.!?])(?<!e\.g\.)\s+|(?<=[.!?][)\"])\s+", inline(" ".join(text.split()))):
        for line in textwrap.wrap(sentence, WIDTH, break_long_words=False, break_on_hyphens=False):
            lines.append("\\&" + line if line[0] in ".'" else line)
    return lines


def tag(text):
    """The arguments of .It: quoted as one, so that no word of it is taken for a macro."""
    return inline(text).replace('"', "\\(dq")


def tagged(items):
    """items: (tag, paragraphs) as a list whose tags stand out."""
    out = [".Bl -tag -width Ds"]
    for name, paragraphs in items:
        out.append(f'.It "{tag(name)}"')
        for index, paragraph in enumerate(paragraphs):
            out += ([".Pp"] if index and not paragraph[0].startswith(".Bl") else []) + paragraph
    return out + [".El"]


def table(rows):
    """The first column is the tag, one is the text; the others get their headings."""
    head, items = rows[0], []
    text = next((i for i, name in enumerate(head) if name in ("meaning", "what", "effect")), len(head) - 1)
    for row in rows[1:]:
        body = text_lines(row[text]) if row[text] else []
        for index, (name, cell) in enumerate(zip(head, row)):
            if index not in (0, text) and cell:
                body += ([".br"] if body else []) + text_lines(f"{name.capitalize()}: {cell}.")
        items.append((row[0], [body] if body else []))
    return tagged(items)


def literal(lines):
    out = [".Bd -literal -offset indent"]
    for line in lines:
        line = escape(line).replace("'", "\\(aq")
        out.append("\\&" + line if line[:1] in (".", "\\") else line)
    return out + [".Ed"]


class Markdown:
    """The part of Markdown that docs/ uses: headings, paragraphs, fences, tables and flat lists."""

    def __init__(self, text, leave_out=()):
        self.lines = text.splitlines()
        self.leave_out = leave_out

    def sections(self):
        """(level, title, mdoc lines) in their order; the text before the first has level 1."""
        level, title, block, found, fenced = 1, "", [], [], False
        for line in self.lines:
            fenced ^= line.startswith("```")
            heading = None if fenced else re.match(r"(#+) (.*)", line)
            if heading:
                found.append((level, title, block))
                level, title, block = len(heading.group(1)), heading.group(2), []
            else:
                block.append(line)
        found.append((level, title, block))
        dropped = 0
        for level, title, block in found:
            if dropped and level > dropped:
                continue
            dropped = level if title in self.leave_out else 0
            if not dropped and (level > 1 or any(block)):
                yield level, title, self.blocks(block)

    def section(self, wanted):
        for _, title, body in self.sections():
            if title == wanted:
                return body
        raise SystemExit(f"there is no section '{wanted}'")

    @staticmethod
    def blocks(lines):
        out, index = [], 0
        while index < len(lines):
            line = lines[index]
            begin = index
            index += 1
            if not line.strip():
                continue
            if line.startswith("```"):
                while not lines[index].startswith("```"):
                    index += 1
                out += literal(lines[begin + 1:index])
                index += 1
            elif line.startswith("|"):
                while index < len(lines) and lines[index].startswith("|"):
                    index += 1
                rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]
                        for row in lines[begin:index] if not re.match(r"\|[-| ]+\|$", row)]
                out += table(rows)
            elif re.match(r"(- |\d+\. )", line):
                while index < len(lines) and re.match(r"(- |\d+\. |  )", lines[index]):
                    index += 1
                items = re.split(r"\n(?=- |\d+\. )", "\n".join(lines[begin:index]))
                out.append(".Bl -enum" if line[0].isdigit() else ".Bl -bullet")
                for item in items:
                    out += [".It"] + text_lines(re.sub(r"^(- |\d+\. )", "", item))
                out.append(".El")
            else:
                while index < len(lines) and lines[index].strip() and \
                        not re.match(r"(\||```|- |\d+\. )", lines[index]):
                    index += 1
                out += ([".Pp"] if out else []) + text_lines(" ".join(lines[begin:index]))
        return out


class Help:
    """What --help says of one command: positionals, options and commands as (spelling, description)."""

    def __init__(self, words, text):
        self.words = words
        self.usage = ""
        self.text, self.positionals, self.options, self.commands = "", [], [], []
        lines = text.splitlines()
        target = None
        for index, line in enumerate(lines):
            heading = re.match(r"(positionals|options|subcommands|usage)\b.*", line, re.I)
            if heading:
                target = {"positionals": self.positionals, "options": self.options,
                          "subcommands": self.commands}.get(heading.group(1).lower())
                self.usage = line if heading.group(1).lower() == "usage" else self.usage
            elif target is None and line.strip() and not self.text:
                self.text = line.strip()
            elif target is not None and re.match(r" {2,6}\S", line):
                alone = index + 1 < len(lines) and re.match(r" {30}\S", lines[index + 1])
                name, said = (line, lines[index + 1]) if alone else (line[:30], line[30:])
                target.append((name.strip(), said.strip()))

    @staticmethod
    def spelling(name):
        """--mode TEXT:{a,b} REQUIRED Excludes: --x  ->  `--mode` TEXT:{a,b}; the rest as a sentence."""
        name = re.sub(r" Excludes:( -?-?[\w-]+)+?(?= Needs:|$)", "", name)
        needs = re.search(r" Needs:((?: --[\w-]+)+)", name)
        required = " REQUIRED" in name
        name = re.sub(r" Needs:.*| REQUIRED| \.\.\.", "", name)
        flags, _, value = name.partition(" ")
        value = re.sub(r"^(TEXT|U?INT|FLOAT)=", r"\1 = ", value)
        value = re.sub(r"^(TEXT|U?INT|FLOAT):\1 in ", r"\1 in ", value)
        shown = ", ".join(f"`{flag}`" for flag in flags.split(","))
        more = "Needed. " if required else ""
        more += f"Together with {needs.group(1).strip().replace(' ', ', ')}. " if needs else ""
        return f"{shown} {value}".strip(), more

    def entry(self):
        """(tag, paragraphs): what the command does, then its options."""
        operands = self.usage.partition("[OPTIONS]")[2].replace("[SUBCOMMAND]", "").strip()
        body = [text_lines(sentence(self.text))]
        items = []
        for name, said in self.positionals + self.options:
            if name.startswith("-h,"):
                continue
            shown, more = self.spelling(name)
            items.append((shown, [text_lines(sentence(said) + " " + more)]))
        if items:
            body.append(tagged(items))
        return f"`{' '.join(self.words)}` {operands}".strip(), body


def sentence(text):
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) or not text else text + "."
