#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what the chart in deploy/helm/slewd takes from elsewhere, since Helm follows no path out of
a chart: alerts, dashboards, what the shipped rules need, the bounds of `config`, the schemas of rule files and of
Kubernetes' API, and the table of values in its README.md. With --check it writes nothing and ends
with 1 where a file differs. usage: chart_files [--check] SOURCE_DIR"""

import json
import pathlib
import re
import subprocess
import sys

import gotools

BEGIN, END = "<!-- values.yaml, by ./dev chart -->", "<!-- end of values.yaml -->"


def without_comments(text):
    """JSON with // comments of whole lines, as rule files have them."""
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


# Which value of the chart gives the right for an action.
RIGHTS = {"node_condition": "condition", "node_event": "events", "node_taint": "taint"}


def shipped_rules(source):
    """Of the rules that slewd ships: each lock with its slots, each rule with its lock and rights."""
    locks, rules = {}, {}
    for path in sorted((source / "rules/builtin").glob("*.json")):
        content = without_comments(path.read_text())
        for lock, about in content.get("fleet", {}).items():
            locks[lock] = about.get("slots", 1)
        for rule in content["rules"]:
            links = [link for chain in ("do", "on_clear", "after_step") for link in rule.get(chain, [])]
            rules[rule["name"]] = {
                "lock": rule.get("fleet", ""),
                "rights": sorted({RIGHTS[key] for link in links for key in link if key in RIGHTS})}
    return json.dumps({"locks": locks, "rules": rules}, indent=1, sort_keys=True) + "\n"


def config_bounds(schema):
    """Path in `config` to the least and the greatest text, of what no JSON Schema can compare."""
    found = {}
    for name, part in json.loads(schema)["properties"]["config"]["properties"].items():
        inner = part.get("items", part).get("properties", {"": part})
        for member, about in inner.items():
            if "$ref" in about and " to " in about.get("description", ""):
                found[".".join(filter(None, (name, member)))] = about["description"].split(" to ")
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def moved(node):
    """A schema of rule files as a definition among others: every reference with the prefix rules."""
    if isinstance(node, dict):
        return {key: node[key].replace("#/$defs/", "#/definitions/rules.") if key == "$ref"
                else moved(node[key]) for key in node if key not in ("$schema", "$defs")}
    return [moved(item) for item in node] if isinstance(node, list) else node


def closed(node):
    """With the allowed names beside each closed object: a refusal then lists them."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: closed(value) for key, value in node.items()}
    if node.get("additionalProperties") is False and isinstance(node.get("properties"), dict):
        node["propertyNames"] = {"enum": list(node["properties"])}
    return node


def values_schema(source, text):
    schema = json.loads(text)
    rules = json.loads((source / "deploy/rules/rules.schema.json").read_text())
    api = subprocess.run([gotools.kubestrict(source), "-schema"], capture_output=True, text=True,
                         check=True).stdout
    definitions = {f"rules.{name}": moved(part) for name, part in rules["$defs"].items()}
    definitions["rules.file"] = moved(rules)
    # The member that an editor reads; of no use in values.
    definitions["rules.file"]["properties"]["$schema"] = {"type": "string"}
    definitions.update(json.loads(api))
    schema["definitions"] = dict(sorted(definitions.items()))
    return json.dumps(closed(schema), indent=1, ensure_ascii=False) + "\n"


def rows(text, defaults):
    """A row for each value, or for each object that holds no values of ours: path, default, comment."""
    comment, parents, found = [], [], []
    for line in text.splitlines():
        key = re.fullmatch(r"( *)([A-Za-z]+):(.*)", line)
        if not line.strip():
            comment = []
        elif line.lstrip().startswith("#"):
            comment.append(line.strip().lstrip("# "))
        elif key:
            depth = len(key[1]) // 2
            parents[depth:] = [key[2]]
            place = defaults
            for name in parents[:depth]:
                place = place.get(name, {}) if isinstance(place, dict) else {}
            inside = any(".".join(parents).startswith(f"{row[0]}.") for row in found)
            if not inside and key[2] in place:
                value = place[key[2]]
                section = isinstance(value, dict) and value and not key[3].strip() and not comment
                if not section or key[2] in LEAVES:
                    found.append((".".join(parents), value, " ".join(comment)))
            comment = []
    return found


# Objects that are one value of Kubernetes' API, though they have no comment.
LEAVES = {"labels", "annotations", "nodeSelector", "updateStrategy", "livenessProbe", "readinessProbe",
          "resources"}


def table(source, folder):
    text = (folder / "values.yaml").read_text()
    read = subprocess.run([gotools.kubestrict(source), "-plain"], input=text, capture_output=True,
                          text=True, check=True).stdout
    lines = ["| value | default | meaning |", "|---|---|---|"]
    for path, value, comment in rows(text, json.loads(read)):
        shown = json.dumps(value).replace("|", "\\|")
        lines.append(f"| `{path}` | `{shown}` | {comment} |".replace("|  |", "| |"))
    return "\n".join(lines)


def readme(source, folder, text):
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table(source, folder)}\n{END}{rest.split(END)[1]}"


def wanted(source):
    folder = source / "deploy/helm/slewd"
    schema, page = folder / "values.schema.json", folder / "README.md"
    files = {folder / "files/slewd.rules.yaml":
             (source / "deploy/prometheus/slewd.rules.yaml").read_text(),
             folder / "files/shipped-rules.json": shipped_rules(source),
             folder / "files/config-bounds.json": config_bounds(schema.read_text()),
             schema: values_schema(source, schema.read_text()),
             page: readme(source, folder, page.read_text())}
    for board in sorted((source / "deploy/grafana").glob("*.json")):
        # In one line: what a person reads is the file that this is made from.
        files[folder / "files/dashboards" / board.name] = \
            json.dumps(json.loads(board.read_text()), separators=(",", ":")) + "\n"
    return folder, files


def differing(source):
    """The files of the chart that are not as they should be: (path, text or None to remove it)."""
    folder, files = wanted(source)
    extra = {path for path in (folder / "files").rglob("*") if path.is_file() or path.is_symlink()}
    return [(path, text) for path, text in files.items()
            if path.is_symlink() or not path.exists() or path.read_text() != text] \
        + [(path, None) for path in sorted(extra - set(files))]


def main():
    check = sys.argv[1] == "--check"
    source = pathlib.Path(sys.argv[-1])
    found = differing(source)
    for path, text in found:
        name = path.relative_to(source)
        if check:
            print(f"{name} is not as it is made: ./dev chart writes it")
        elif text is None:
            path.unlink()
            print(f"removed {name}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_text(text)
            print(f"wrote {name}")
    sys.exit(1 if check and found else 0)


if __name__ == "__main__":
    main()
