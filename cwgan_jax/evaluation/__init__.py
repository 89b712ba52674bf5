"""How good generated examples are: a judge, what it measures, and measuring during a run."""
