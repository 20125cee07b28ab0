"""The sidebar, favorites and the command menu."""
