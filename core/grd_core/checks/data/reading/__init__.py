"""How each kind of table is read, one module a kind; `checks.data.tables` is the way in."""
