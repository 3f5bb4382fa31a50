# SPDX-License-Identifier: Apache-2.0
"""Hook of mkdocs: links that leave docs/ lead to the repository. A target that does not exist is an error."""

import pathlib
import re

LINK = re.compile(r"(\]\()(\.\./[^)#\s]+)((?:#[^)\s]*)?\))")


def on_page_markdown(markdown, page, config, files):
    root = pathlib.Path(config.config_file_path).parent
    docs = pathlib.Path(config.docs_dir)

    def outside(match):
        target = (docs / page.file.src_uri).parent / match.group(2)
        place = target.resolve()
        if place.is_relative_to(docs.resolve()):
            return match.group(0)
        if not place.exists():
            raise SystemExit(f"{page.file.src_uri}: no {match.group(2)}")
        return f"{match.group(1)}{config.repo_url.rstrip('/')}/blob/main/{place.relative_to(root)}{match.group(3)}"

    return LINK.sub(outside, markdown)
