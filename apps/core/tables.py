"""One migration operation that makes all the tables of an app at once."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger


class CreateTables(Operation):
    """What a first migration lists (models, then keys, indexes, constraints, triggers), made from its final state.

    Django draws the models anew after each single operation, and all their neighbours with them: with a hundred models
    and four hundred operations that is a minute and more of every first start and of every test run. Here the state is
    moved on in one step and drawn once, then each table is made whole. Wrap the list that `makemigrations` wrote for an
    app's first migration; statements of one's own (`RunSQL`) stay beside it.
    """

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Move the state on without drawing the models in between."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Make the tables as the final state has them, then their triggers."""
        for name in self._made():
            schema_editor.create_model(to_state.apps.get_registered_model(app_label, name))
        for operation in self.operations:
            if isinstance(operation, AddTrigger):
                operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop the tables; their triggers, indexes and constraints go with them."""
        for name in reversed(self._made()):
            schema_editor.delete_model(from_state.apps.get_registered_model(app_label, name))

    def describe(self) -> str:
        return f"Create {len(self._made())} tables"

    def _made(self) -> list[str]:
        models = (operation for operation in self.operations if isinstance(operation, CreateModel))
        return [model.name for model in models if model.options.get("managed", True) and not model.options.get("proxy")]
