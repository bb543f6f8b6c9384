"""Foreign keys to callbacks and to turns."""

import uuid

from django.db import models

from tavus_hooks.models import Callback, Turn


class Note(models.Model):
    callback = models.ForeignKey(Callback, models.SET_NULL, null=True)


class Order(models.Model):
    callback = models.ForeignKey(Callback, models.CASCADE, related_name="+")


class Case(models.Model):
    callback = models.OneToOneField(Callback, models.PROTECT, primary_key=True)


class Tag(models.Model):
    callbacks = models.ManyToManyField(Callback)


class Quote(models.Model):
    turn = models.ForeignKey(Turn, models.CASCADE)


class Citation(models.Model):
    turn = models.ForeignKey(Turn, models.PROTECT, related_name="+")


class Bill(Order):
    """A child of what goes with a callback."""


class Base(models.Model):
    pass


class Letter(Base):
    """It goes with a callback, and its parent with it."""

    callback = models.ForeignKey(Callback, models.CASCADE, related_name="+")
    answer_to = models.ForeignKey("self", models.CASCADE, null=True, related_name="answers")


class Stamp(models.Model):
    letter = models.ForeignKey(Letter, models.RESTRICT)


class Seal(models.Model):
    """Nothing stops what goes anyway."""

    letter = models.ForeignKey(Letter, models.RESTRICT)
    callback = models.ForeignKey(Callback, models.CASCADE, related_name="+")


class Ticket(models.Model):
    """Known by a UUID, for which not every database has a type."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)


class Voucher(models.Model):
    """Known by a text."""

    code = models.CharField(max_length=20, primary_key=True)


class Day(models.Model):
    """Known by something whose text databases write each in its own way."""

    date = models.DateField(primary_key=True)


class RegularVoucher(Voucher):
    class Meta:
        proxy = True


class PrefixedField(models.UUIDField):
    """Another value in Python than in the database."""

    def from_db_value(self, value, expression, connection):
        return f"parcel-{value}"


class Parcel(models.Model):
    id = PrefixedField(primary_key=True, default=uuid.uuid4)


class Seat(models.Model):
    pk = models.CompositePrimaryKey("row", "number")
    row = models.IntegerField()
    number = models.IntegerField()
