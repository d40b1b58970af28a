"""The forecast engine: many monthly series at once, in numpy. No database, no clock."""
