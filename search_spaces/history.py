"""What a run's space was before it was changed, and what its trials ran with until then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from search_spaces.recorded import recorded_space
from search_spaces.space import Config, Space
from search_spaces.values import identity

_EARLIER, _RAN_WITH = "earlier", "ran_with"
"""Tables of run.toml."""


@dataclass(frozen=True)
class Earlier:
    """A space that a run had for a while."""

    space: Space
    num_begun: int
    """Trials of the search that had begun when it was changed."""


@dataclass(frozen=True)
class History:
    """The spaces that a run had before its present one, oldest first; none as a rule."""

    earlier: tuple[Earlier, ...] = ()
    ran_with: Mapping[str, Any] = field(default_factory=dict)
    """Values that trials ran with before their hyperparameters were searched."""

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """What run.toml holds of it, without what cannot be read: a damaged run is shown, too."""
        written, ran_with = settings.get(_EARLIER), settings.get(_RAN_WITH)
        tables = [t for t in written if isinstance(t, dict)] if isinstance(written, list) else []
        earlier = tuple(
            Earlier(recorded_space(table["space"]), table["num_begun"])
            for table in tables
            if isinstance(table.get("space"), dict) and type(table.get("num_begun")) is int
        )
        return cls(earlier, ran_with if isinstance(ran_with, dict) else {})

    def to_settings(self) -> dict[str, Any]:
        """The tables of run.toml; none where the space was never changed."""
        tables = [{"num_begun": e.num_begun, "space": e.space.to_dict()} for e in self.earlier]
        found: dict[str, Any] = {_EARLIER: tables} if tables else {}
        return found | ({_RAN_WITH: dict(self.ran_with)} if self.ran_with else {})

    @property
    def num_begun(self) -> int:
        """Trials of the search that began in an earlier space."""
        return self.earlier[-1].num_begun if self.earlier else 0

    def completed(self, config: Mapping[str, Any]) -> Config:
        """A recorded configuration with what its trial ran with beside it."""
        return {**config, **{n: v for n, v in self.ran_with.items() if n not in config}}

    def held(self, config: Mapping[str, Any]) -> bool:
        """Whether a whole configuration could have been tried in one of the earlier spaces."""
        return any(
            stage.space.holds(config)
            and all(
                identity(config.get(name)) == identity(value)
                for name, value in self.ran_with.items()
                if name not in stage.space.dimensions
            )
            for stage in self.earlier
        )
