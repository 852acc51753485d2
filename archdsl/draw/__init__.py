"""Pictures of networks.

The stages are those of a sentence: what to show (`figure`, from the record of a network, by way of the passes in
`read`, `sections`, `view`), where it stands (`structure`, `layout`, `wrap`), what that is on paper (`page`, `paint`),
and the writers.
"""
