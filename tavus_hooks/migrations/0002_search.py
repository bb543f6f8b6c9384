"""The index of words: a table of what was said, and what each database needs for its index."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

from tavus_hooks.search.indexes import create_all, drop_all

BATCH = 2000


def create(apps: Any, schema_editor: Any) -> None:
    create_all(schema_editor.connection)


def drop(apps: Any, schema_editor: Any) -> None:
    drop_all(schema_editor.connection)


def mark_all_due(apps: Any, schema_editor: Any) -> None:
    """`tavus_process` makes the texts of the transcripts that are there."""
    using, now = schema_editor.connection.alias, timezone.now()
    conversations = apps.get_model("tavus_hooks", "Conversation")._base_manager.using(using)
    texts = apps.get_model("tavus_hooks", "SearchText")._base_manager.using(using)
    said = conversations.filter(
        transcribed_at__isnull=False, transcript_pruned_at=None, forgotten_at=None
    )
    last = 0
    while pks := list(said.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        texts.bulk_create([texts.model(pk=pk, due_at=now) for pk in pks])
        last = pks[-1]


class Migration(migrations.Migration):
    dependencies = [("tavus_hooks", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_text",
                        serialize=False,
                        to="tavus_hooks.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When it is made from the turns if it was not before; empty: it was.",
                        null=True,
                        verbose_name="due at",
                    ),
                ),
                ("text", models.TextField(blank=True, default="", verbose_name="text")),
            ],
            options={
                "verbose_name": "text for searching",
                "verbose_name_plural": "texts for searching",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["due_at", "conversation"], name="tavus_hooks_text_due")
                ],
            },
        ),
        migrations.RunPython(create, drop),
        migrations.RunPython(mark_all_due, migrations.RunPython.noop),
    ]
