"""Foreign keys to callbacks and to turns."""

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
