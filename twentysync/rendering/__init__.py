"""A plan or a report as text, Markdown, HTML."""
