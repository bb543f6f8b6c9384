"""The tables of the app lie in a database of their own."""


class Elsewhere:
    def db_for_read(self, model, **hints):
        return "elsewhere" if model._meta.app_label == "tavus_hooks" else None

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return (db == "elsewhere") == (app_label == "tavus_hooks")
