"""Files of monthly series, in and out, by polars."""
