"""The ``/metadata`` side: objects, fields, indexes, views, and plain lists of everything else."""
