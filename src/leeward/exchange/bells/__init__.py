"""Tell partners that something is there for them, and nothing else."""
