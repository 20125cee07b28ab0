"""Record pages and dashboards: tabs and widgets."""
