"""From trees to checked records: names across files, arguments, expressions, and blocks worked out to ops."""
