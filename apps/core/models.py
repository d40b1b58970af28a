"""The base every table shares. core itself owns no tables."""

from django.db import models


class BaseModel(models.Model):
    """Row with the moments it was made and last changed: for people to read, never used as logic."""

    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True
