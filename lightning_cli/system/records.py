"""A base for small classes of fields that every run defines: immutable, compared by value, cheap to define.

A named tuple takes 0.1 ms of start-up to define, a dataclass up to 1 ms, and a run defines two dozen of them before
its request leaves; this takes a hundredth of that. It reads as a dataclass does, and is checked as one. What is said
about the type of a field is as cheap.
"""

from typing import TYPE_CHECKING, Any, NoReturn, Self, dataclass_transform

if TYPE_CHECKING:
    from typing import Annotated as Annotated  # noqa: PLC0414 - for others to import
else:

    class Annotated:
        """A type and what is said about it, as typing has it under the same name, in a tenth of the time.

        A command has up to seventy. ``cli.app`` makes typing's own of those that Typer reads off a function.
        """

        def __class_getitem__(cls, given: tuple[Any, ...]) -> Self:
            """Return a type with what is said about it."""
            made = cls()
            made.__origin__, *about = given
            made.__metadata__ = tuple(about)
            return made


@dataclass_transform(frozen_default=True)
class Record:
    """A record of the fields that a subclass annotates, in their order and behind those of its bases.

    A field is given by its place or its name, and one with a default may be left out. Fields cannot be changed:
    ``_replace`` makes another record. Raises ``TypeError`` for a field that is missing, given twice or not there.
    """

    _fields: tuple[str, ...] = ()

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        """Collect the fields; ``kw_only`` is for the type checker, which then lets them follow fields with defaults."""
        del kw_only
        inherited = [name for base in cls.__bases__ for name in getattr(base, "_fields", ())]
        cls._fields = tuple(dict.fromkeys([*inherited, *cls.__annotations__]))

    def __init__(self, *values: Any, **named: Any) -> None:
        fields, own = self._fields, self.__dict__
        own.update(zip(fields, values, strict=False))
        own.update(named)
        is_once = len(own) == len(values) + len(named)
        for name in fields:
            if name not in own:
                own[name] = self.field_default(name)
        # Another name than those of the fields makes it longer.
        if not is_once or len(own) > len(fields):
            raise TypeError(f"{type(self).__name__} takes each of {', '.join(fields)} once: {values} {named}")
        self._check()

    @classmethod
    def field_default(cls, name: str) -> Any:
        """Return the default of a field; raises ``TypeError`` for one that has none."""
        try:
            return getattr(cls, name)
        except AttributeError:
            raise TypeError(f"{cls.__name__} needs its field {name}") from None

    def _check(self) -> None:
        """Raise for a combination of fields that is not allowed; for subclasses."""

    def _replace(self, **changes: Any) -> Self:
        """Return the same with other values in some fields, checked too."""
        return type(self)(**{**self.__dict__, **changes})

    def _asdict(self) -> dict[str, Any]:
        """Return the fields by their names, in their order."""
        return {name: self.__dict__[name] for name in self._fields}

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: {name}")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._asdict().values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"
