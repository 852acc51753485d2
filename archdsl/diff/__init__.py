"""What differs between two networks, by the names of their parts.

**parts** is a network as a tree, **match** says which part of one is which of the other, **wires** whether they take in
what they took, **edits** what became of each. **fold** tells once what repeats, in **words**; **text** is the page.
"""

from archdsl.diff.difference import Difference, difference
from archdsl.diff.edits import Change, Edit
from archdsl.diff.parts import Argument, Part, network_part

__all__ = ["Argument", "Change", "Difference", "Edit", "Part", "difference", "network_part"]
