"""The graph of ops, over networkx: one node an op, edges where tensors flow."""
