"""Find mappings by name: the user's own in the data directory, those that come along, or a path."""

from __future__ import annotations

from pathlib import Path

from yuanliu.base.text import gettext_noop
from yuanliu.exchange.mapping import Mapping
from yuanliu.exchange.mapping_reading import NAME, read_mapping
from yuanliu.exchange.refusals import FileMissing, MappingNotYaml, UnknownMapping

SHIPPED = Path(__file__).parent / "mappings"
NOT_UTF8 = gettext_noop("it is not UTF-8")
ENDINGS = (".yaml", ".yml")


def find_mapping(name: str, *, home: Path | None = None) -> Mapping:
    """Find and read a mapping by its name or the path of its file; the user's own comes first.

    Raises UnknownMapping, and what `read_mapping` raises.
    """
    if name.endswith(ENDINGS):
        return load_mapping(Path(name))
    if NAME.fullmatch(name):
        for folder in _folders(home):
            path = folder / f"{name}.yaml"
            if path.is_file():
                return load_mapping(path)
    known = ", ".join(mapping_names(home=home))
    raise UnknownMapping(name=name, known=known)


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises FileMissing, and what `read_mapping` raises."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        raise FileMissing(file=str(path)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise MappingNotYaml(file=path.name, line=line, problem=NOT_UTF8) from None
    return read_mapping(text, file=path.name)


def mapping_names(*, home: Path | None = None) -> list[str]:
    """List the names of all mappings that can be found."""
    return sorted({path.stem for folder in _folders(home) for path in folder.glob("*.yaml")})


def _folders(home: Path | None) -> list[Path]:
    return [*([home / "mappings"] if home is not None else []), SHIPPED]
