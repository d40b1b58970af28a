"""The rule book of assessments: the only definition of a score (architecture 12.2). Exact fractions, rounded once."""
