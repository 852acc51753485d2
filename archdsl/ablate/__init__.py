"""One network made many: what varies, budgets kept, tables and plots."""
