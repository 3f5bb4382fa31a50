# SPDX-License-Identifier: Apache-2.0
"""The files of a pod as the kubelet lays them out: a folder of this moment, `..data` that leads to it,
and a link for each first part of a name."""

import pathlib


def project(folder, files):
    """`files`: path inside the volume to text."""
    folder = pathlib.Path(folder)
    moment = folder / "..2026_01_01_00_00_00.1"
    for path, text in files.items():
        place = moment / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (folder / "..data").symlink_to(moment.name)
    for name in sorted({pathlib.PurePath(path).parts[0] for path in files}):
        (folder / name).symlink_to(f"..data/{name}")


def sources(objects, secrets=None):
    """What the volume `config` of the rendered DaemonSet holds; Secrets are those given."""
    pod = next(item for (kind, _), item in objects.items()
               if kind == "DaemonSet")["spec"]["template"]["spec"]
    volume = next(volume for volume in pod["volumes"] if volume["name"] == "config")
    files = {}
    for source in volume["projected"]["sources"]:
        kind = next(iter(source))
        data = objects["ConfigMap", source[kind]["name"]]["data"] if kind == "configMap" \
            else (secrets or {}).get(source[kind]["name"], {})
        for item in source[kind]["items"]:
            files[item["path"]] = data[item["key"]]
    return files
