"""As Django's documentation has it for a primary and its replicas.

https://docs.djangoproject.com/en/stable/topics/db/multi-db/#an-example
"""


class PrimaryAndReplica:
    def db_for_read(self, model, **hints):
        return "replica"

    def db_for_write(self, model, **hints):
        return "primary"

    def allow_relation(self, obj1, obj2, **hints):
        return True
