"""The bench: what pages and API cost at 1,000 and at 200,000 people, beside the least that SQL could cost.

`./portal bench` starts stores of its own, so it neither needs nor touches a running portal.
"""
