"""From records to PyTorch: source text, and the module that it makes."""
