"""A local Exact Online to try things on: HTTPS, OAuth, OData, limits, refusals and faults."""
