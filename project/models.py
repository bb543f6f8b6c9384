"""What the demo's bicycle shop keeps for itself: the orders that it has videos made for."""

from django.db import models


class Order(models.Model):
    """A bicycle to be mended, and whether the customer knows that it is ready."""

    number = models.CharField(max_length=16, unique=True)
    customer = models.CharField(max_length=100)
    email = models.EmailField("e-mail")
    work = models.CharField(max_length=200)
    placed_at = models.DateTimeField("placed at")
    mail_refused_at = models.DateTimeField("mail refused at", null=True)
    mailed_at = models.DateTimeField("mailed at", null=True)

    class Meta:
        ordering = ["-placed_at"]

    def __str__(self) -> str:
        return f"Order {self.number}"
