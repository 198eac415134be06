"""Model inspection: permutation importance, partial dependence, disagreement."""
