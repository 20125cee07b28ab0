"""The proof of the configuration, by other code than that which carries it.

Both workspaces are read generically, from what their introspected schemas offer; ids become names,
and everything that is not declared to be the server's own is compared.
"""
