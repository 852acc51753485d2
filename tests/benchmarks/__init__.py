"""How fast it is, next to named peers: `python -m tests.benchmarks [NAME…]`. A file of this folder is a family."""
