"""Input of the KPI pages: it is cleaned here, the services decide."""
