"""Build the package with its translations compiled; everything else is in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import setup
from setuptools.command.build_py import build_py

SOURCE = Path("src")


class BuildWithTranslations(build_py):
    """Compile every .po into a .mo in the build, so that a wheel speaks every language."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:  # the checkout is the build: `python3 dev.py` keeps it compiled
            return
        for catalog in SOURCE.glob("yuanliu/locale/*/LC_MESSAGES/*.po"):
            target = Path(self.build_lib) / catalog.relative_to(SOURCE).with_suffix(".mo")
            target.parent.mkdir(parents=True, exist_ok=True)
            with catalog.open("rb") as written, target.open("wb") as compiled:
                write_mo(compiled, read_po(written))


setup(cmdclass={"build_py": BuildWithTranslations})
