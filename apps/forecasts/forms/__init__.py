"""Forms of forecasts and reports."""
