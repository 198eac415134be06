"""Networks: architecture, training curves and their diagnoses."""
