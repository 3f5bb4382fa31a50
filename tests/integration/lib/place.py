# SPDX-License-Identifier: Apache-2.0
"""A folder of its own in a scene, for a test that starts more than one slewd."""
import pathlib


class Place:
    def __init__(self, scene, name):
        self._scene = scene
        self._folder = pathlib.Path(scene.path(name))
        self._folder.mkdir()

    def path(self, name):
        return str(self._folder / name)

    def start(self, name, argv, environment=None):
        return self._scene.start(f"{self._folder.name}-{name}", argv, environment)

    def at_failure(self, function):
        self._scene.at_failure(function)
