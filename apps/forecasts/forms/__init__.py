"""Forms of forecasts: own figures and what-ifs."""
