"""Plain data that is saved with the version of its format. Knows the standard library only."""

from typing import Any, ClassVar


class Versioned:
    """A frozen dataclass that is pickled by its fields, one of which is ``format_version``.

    Another version of the format than that of the class is refused. What was worked out from the
    fields is left out, and worked out again when it is asked for.
    """

    _saved_as: ClassVar[str]
    """What a user has saved."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    format_version: int

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        found, current = state.get("format_version"), type(self).format_version
        if found != current:
            raise ValueError(
                f"This {self._saved_as} was saved in format {found}, and skflowmix now reads "
                f"format {current}: fit it again, or load it with the version that saved it."
            )
        vars(self).update(state)
