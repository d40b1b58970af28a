"""How the fields of a worked example (scoring_examples.README.md) name what the rules of each app take."""
