"""How good a trained generator is: a judge, what it measures, reports of one run and of several."""
